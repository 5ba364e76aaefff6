#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

// Macros that Swift does not import.
static inline EVP_PKEY *reseal_rsa_generate(unsigned int bits) { return EVP_RSA_gen(bits); }
