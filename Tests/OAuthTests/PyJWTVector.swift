/// Made once with PyJWT 2.15.1 and a key of `openssl genpkey`, whose private half was thrown away. Never changes:
/// `jwt.encode({"customer_id": "customer_1234", "workspace_id": "11111111-2222-3333-aaaa-eeeeeeeeeeee",
/// "name": "optional name"}, key, algorithm="RS256")`.
enum PyJWTVector {
  static let token = """
    eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJjdXN0b21lcl9pZCI6ImN1c3RvbWVyXzEyMzQiLCJ3b3Jrc3BhY2VfaWQiOiI\
    xMTExMTExMS0yMjIyLTMzMzMtYWFhYS1lZWVlZWVlZWVlZWUiLCJuYW1lIjoib3B0aW9uYWwgbmFtZSJ9.EtFYL4e-NXHwNaEt4G\
    Pw2xKrzNDExdtCEnTt3wG8tuWb6uCT3FvTCLPAjBL0gbUaDbq74GQRdgV_Xlrf_yh0OnsaXn6S2iZVi6V2DPGOAz8d7JM0vVLYZa\
    jcX8tSaZmZYWIs8hJJmOeJ2jOuTYkm9QmHInuUEmCo77QPwumjzrOdjy_Ea7kgJSfaTwiFdh-wMVvXa3qVxlWPIiuSVPIvzp56AJ\
    KrTfuZb5WzDIXT5QlO0IYqU_NeJzqTZzjj113PgMD0j52Fs_yVcllxSZduiEim_qo4stpUqDG0J79vYXu-ACEBmxvIoRQQwr2-hX\
    C8WSDMhk49i2Gbrn4jY0fwKw
    """

  static let publicKey = """
    -----BEGIN PUBLIC KEY-----
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtRaS112Z3SE5aBgBhFkA
    y9B8FmBufRkbl/Kemmx2DmAUsSJKh5UbHIu+DjN1IGO8RQ2lWVQw/1fhZsAM6z8E
    DxeH5tKi2255lWIyyM8XwZzHy8szWgyIz5ldQzjTP9+tpKN7K/zSH7hgWmoeiqu5
    oEJgZ+SCzkA58z5UGZkoDDjQ2O6lW77nfgxfYOomLXI8c2jYhYbHTxxtgqM3CC7D
    G3GJeZf11BGuhZdo4+98NJlWxuhmIVLhDGxNX0CM4I19tdqmWmljPDu6PpBiy8AE
    JF4YQh1n1b4wdCMFZJTG/sLPuhrOSBtAQmn2lOD1kNfrnP94eZYRDzr0Cez18KVl
    8wIDAQAB
    -----END PUBLIC KEY-----
    """

  /// The same key in a self-signed certificate, expired since: its dates mean nothing here.
  static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIC+TCCAeGgAwIBAgIUOfbGanIlwu/nhdL2J36neIghxZowDQYJKoZIhvcNAQEL
    BQAwDDEKMAgGA1UEAwwBeDAeFw0yNjExMjEwOTM4MjFaFw0yNjExMjIwOTM4MjFa
    MAwxCjAIBgNVBAMMAXgwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQC1
    FpLXXZndITloGAGEWQDL0HwWYG59GRuX8p6abHYOYBSxIkqHlRsci74OM3UgY7xF
    DaVZVDD/V+FmwAzrPwQPF4fm0qLbbnmVYjLIzxfBnMfLyzNaDIjPmV1DONM/362k
    o3sr/NIfuGBaah6Kq7mgQmBn5ILOQDnzPlQZmSgMONDY7qVbvud+DF9g6iYtcjxz
    aNiFhsdPHG2CozcILsMbcYl5l/XUEa6Fl2jj73w0mVbG6GYhUuEMbE1fQIzgjX21
    2qZaaWM8O7o+kGLLwAQkXhhCHWfVvjB0IwVklMb+ws+6Gs5IG0BCafaU4PWQ1+uc
    /3h5lhEPOvQJ7PXwpWXzAgMBAAGjUzBRMB0GA1UdDgQWBBSHfASXLTZN9jeG+q6Z
    owZsXAbAszAfBgNVHSMEGDAWgBSHfASXLTZN9jeG+q6ZowZsXAbAszAPBgNVHRMB
    Af8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQAf4NJAaMcUP3ljZV/VMWVp2W37
    DqcVrk4LBAUVfOaRODvSIJ0L1W2B/A2HOXZeP77cRJmwBGFy6xS8QN+fT4eZKjFH
    SnMFSZ7KJzhoUR+IZMyu9wmzAQAkSs/g7AqGonS3JSceNOMXS8AxJkXnepoMR30O
    5YrB4CWvuBrPexu94TNsQF66cTETcW9rJ0i3AqeFbRxewPCedXS9OoEMXrcaQfFm
    jD80DXzqvdC3mbcU1FEFVBG7gfFvsAb5MmsdOwEBpH4+JaZq9iVUh86xvDTIit8v
    KZSEEZj5YExkWFpk7XDqeJ8oocbrLq/8iDRkaLCzEZcODArVwGTvz+cH4BWu
    -----END CERTIFICATE-----
    """
}
