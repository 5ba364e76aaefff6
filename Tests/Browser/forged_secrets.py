"""Connect secrets that must be refused, each by one thing that is wrong with it."""

import base64
import hashlib
import hmac
import json
import time

import jwt
from company import CUSTOMER, WORKSPACE
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

CLAIMS = {"customer_id": CUSTOMER, "workspace_id": WORKSPACE}


def refused(private_pem):
    """By name, for the key that the workspace knows."""
    good = jwt.encode(CLAIMS, private_pem, algorithm="RS256")
    header, payload, signature = good.split(".")
    now = int(time.time())
    return {
        "empty": "",
        "no JWT at all": "not.a.jwt",
        "two parts": f"{header}.{payload}",
        "trailing garbage": good + "=",
        "a fourth part": f"{good}.AAAA",
        "payload exchanged": f"{header}.{encoded(CLAIMS | {'customer_id': 'somebody'})}.{signature}",
        "not base64": f"{header}.{payload}.!!!!",
        "no signature": f"{header}.{payload}.",
        "expired": jwt.encode(CLAIMS | {"exp": now - 3600}, private_pem, algorithm="RS256"),
        "issued long ago": jwt.encode(CLAIMS | {"iat": now - 86400}, private_pem, algorithm="RS256"),
        "not yet valid": jwt.encode(CLAIMS | {"nbf": now + 3600}, private_pem, algorithm="RS256"),
        "another's key": jwt.encode(CLAIMS, new_key(2048), algorithm="RS256"),
        "unknown kid": jwt.encode(CLAIMS, private_pem, algorithm="RS256", headers={"kid": "0123456789abcdef"}),
        "alg none": jwt.encode(CLAIMS, None, algorithm="none"),
        "alg none, signed": f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{payload}.{signature}",
        "HS256 keyed with the public key": hs256_with_public_key(private_pem),
        "RS512": jwt.encode(CLAIMS, private_pem, algorithm="RS512"),
        "no customer": jwt.encode({"workspace_id": WORKSPACE}, private_pem, algorithm="RS256"),
        "an impossible customer": jwt.encode(CLAIMS | {"customer_id": "a b\n"}, private_pem, algorithm="RS256"),
    }


def of_workspace(private_pem, workspace):
    return jwt.encode(CLAIMS | {"workspace_id": workspace}, private_pem, algorithm="RS256")


def hs256_with_public_key(private_pem):
    """PyJWT declines to make this one, so it is made by hand."""
    public = load_pem_private_key(private_pem.encode(), None).public_key()
    key = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(CLAIMS)}"
    return f"{signed}.{base64url(hmac.digest(key, signed.encode(), hashlib.sha256))}"


def new_key(bits):
    key = rsa.generate_private_key(65537, bits)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def encoded(document):
    return base64url(json.dumps(document).encode())


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
