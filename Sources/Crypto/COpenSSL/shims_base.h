// Memory, BIO, errors and EVP.
#ifndef COPENSSL_SHIMS_BASE_H
#define COPENSSL_SHIMS_BASE_H

static inline void shim_OPENSSL_free(void *memory) { OPENSSL_free(memory); }
static inline void *shim_OPENSSL_malloc(size_t count) { return OPENSSL_malloc(count); }
static inline void shim_OPENSSL_clear_free(void *memory, size_t count) { OPENSSL_clear_free(memory, count); }

static inline long shim_BIO_get_mem_data(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }
static inline long shim_BIO_set_mem_eof_return(BIO *bio, int value) { return BIO_set_mem_eof_return(bio, value); }
static inline int shim_BIO_reset(BIO *bio) { return (int)BIO_reset(bio); }
static inline int shim_BIO_flush(BIO *bio) { return (int)BIO_flush(bio); }
static inline int shim_BIO_pending(BIO *bio) { return (int)BIO_pending(bio); }
static inline int shim_BIO_eof(BIO *bio) { return (int)BIO_eof(bio); }
static inline int shim_BIO_should_retry(BIO *bio) { return BIO_should_retry(bio); }
static inline void shim_BIO_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void shim_BIO_set_retry_write(BIO *bio) { BIO_set_retry_write(bio); }
static inline void shim_BIO_clear_retry_flags(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline int shim_ERR_GET_REASON(unsigned long code) { return ERR_GET_REASON(code); }
static inline int shim_ERR_GET_LIB(unsigned long code) { return ERR_GET_LIB(code); }
static inline int shim_ERR_FATAL_ERROR(unsigned long code) { return ERR_FATAL_ERROR(code); }

static inline EVP_PKEY *shim_EVP_EC_gen(const char *curve) { return EVP_EC_gen(curve); }
static inline EVP_PKEY *shim_EVP_Ed25519_gen(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); }
static inline int shim_EVP_PKEY_PUBLIC_KEY(void) { return EVP_PKEY_PUBLIC_KEY; }
static inline int shim_EVP_MD_CTX_get_size(const EVP_MD_CTX *context) { return EVP_MD_CTX_get_size(context); }

static inline int shim_BN_num_bytes(const BIGNUM *number) { return BN_num_bytes(number); }

#endif
