// Cryptographic Message Syntax, ESS and their stacks.
#ifndef COPENSSL_SHIMS_CMS_H
#define COPENSSL_SHIMS_CMS_H

static inline int shim_sk_CMS_SignerInfo_num(const STACK_OF(CMS_SignerInfo) *stack) {
    return sk_CMS_SignerInfo_num(stack);
}
static inline CMS_SignerInfo *shim_sk_CMS_SignerInfo_value(const STACK_OF(CMS_SignerInfo) *stack, int index) {
    return sk_CMS_SignerInfo_value(stack, index);
}
static inline int shim_sk_CMS_RecipientInfo_num(const STACK_OF(CMS_RecipientInfo) *stack) {
    return sk_CMS_RecipientInfo_num(stack);
}
static inline CMS_RecipientInfo *shim_sk_CMS_RecipientInfo_value(const STACK_OF(CMS_RecipientInfo) *stack, int index) {
    return sk_CMS_RecipientInfo_value(stack, index);
}
static inline int shim_sk_CMS_RecipientEncryptedKey_num(const STACK_OF(CMS_RecipientEncryptedKey) *stack) {
    return sk_CMS_RecipientEncryptedKey_num(stack);
}
static inline CMS_RecipientEncryptedKey *shim_sk_CMS_RecipientEncryptedKey_value(
    const STACK_OF(CMS_RecipientEncryptedKey) *stack, int index) {
    return sk_CMS_RecipientEncryptedKey_value(stack, index);
}
static inline int shim_sk_ESS_CERT_ID_V2_num(const STACK_OF(ESS_CERT_ID_V2) *stack) {
    return sk_ESS_CERT_ID_V2_num(stack);
}
static inline ESS_CERT_ID_V2 *shim_sk_ESS_CERT_ID_V2_value(const STACK_OF(ESS_CERT_ID_V2) *stack, int index) {
    return sk_ESS_CERT_ID_V2_value(stack, index);
}
static inline STACK_OF(GENERAL_NAMES) *shim_sk_GENERAL_NAMES_new_null(void) { return sk_GENERAL_NAMES_new_null(); }
static inline int shim_sk_GENERAL_NAMES_push(STACK_OF(GENERAL_NAMES) *stack, GENERAL_NAMES *names) {
    return sk_GENERAL_NAMES_push(stack, names);
}
static inline int shim_sk_GENERAL_NAMES_num(const STACK_OF(GENERAL_NAMES) *stack) { return sk_GENERAL_NAMES_num(stack); }

// Key derivation for a key agreement recipient
static inline int shim_EVP_PKEY_CTX_set_ecdh_kdf_md(EVP_PKEY_CTX *context, const EVP_MD *digest) {
    return EVP_PKEY_CTX_set_ecdh_kdf_md(context, digest);
}
static inline int shim_EVP_PKEY_CTX_get_ecdh_kdf_md(EVP_PKEY_CTX *context, const EVP_MD **digest) {
    return EVP_PKEY_CTX_get_ecdh_kdf_md(context, digest);
}
static inline int shim_EVP_PKEY_CTX_set_ecdh_kdf_type(EVP_PKEY_CTX *context, int type) {
    return EVP_PKEY_CTX_set_ecdh_kdf_type(context, type);
}

#endif
