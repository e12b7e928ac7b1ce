// Certificates, revocation lists, their stacks and their stores.
#ifndef COPENSSL_SHIMS_X509_H
#define COPENSSL_SHIMS_X509_H

// Stacks of certificates
static inline STACK_OF(X509) *shim_sk_X509_new_null(void) { return sk_X509_new_null(); }
static inline int shim_sk_X509_num(const STACK_OF(X509) *stack) { return sk_X509_num(stack); }
static inline X509 *shim_sk_X509_value(const STACK_OF(X509) *stack, int index) { return sk_X509_value(stack, index); }
static inline int shim_sk_X509_push(STACK_OF(X509) *stack, X509 *certificate) {
    return sk_X509_push(stack, certificate);
}
static inline void shim_sk_X509_free(STACK_OF(X509) *stack) { sk_X509_free(stack); }
static inline void shim_sk_X509_pop_free(STACK_OF(X509) *stack) { sk_X509_pop_free(stack, X509_free); }

// Stacks of revocation lists and of their entries
static inline STACK_OF(X509_CRL) *shim_sk_X509_CRL_new_null(void) { return sk_X509_CRL_new_null(); }
static inline int shim_sk_X509_CRL_num(const STACK_OF(X509_CRL) *stack) { return sk_X509_CRL_num(stack); }
static inline X509_CRL *shim_sk_X509_CRL_value(const STACK_OF(X509_CRL) *stack, int index) {
    return sk_X509_CRL_value(stack, index);
}
static inline int shim_sk_X509_CRL_push(STACK_OF(X509_CRL) *stack, X509_CRL *list) {
    return sk_X509_CRL_push(stack, list);
}
static inline void shim_sk_X509_CRL_free(STACK_OF(X509_CRL) *stack) { sk_X509_CRL_free(stack); }
static inline void shim_sk_X509_CRL_pop_free(STACK_OF(X509_CRL) *stack) { sk_X509_CRL_pop_free(stack, X509_CRL_free); }
static inline int shim_sk_X509_REVOKED_num(const STACK_OF(X509_REVOKED) *stack) { return sk_X509_REVOKED_num(stack); }
static inline X509_REVOKED *shim_sk_X509_REVOKED_value(const STACK_OF(X509_REVOKED) *stack, int index) {
    return sk_X509_REVOKED_value(stack, index);
}

// Stacks inside extensions
static inline STACK_OF(GENERAL_NAME) *shim_sk_GENERAL_NAME_new_null(void) { return sk_GENERAL_NAME_new_null(); }
static inline int shim_sk_GENERAL_NAME_num(const STACK_OF(GENERAL_NAME) *stack) { return sk_GENERAL_NAME_num(stack); }
static inline GENERAL_NAME *shim_sk_GENERAL_NAME_value(const STACK_OF(GENERAL_NAME) *stack, int index) {
    return sk_GENERAL_NAME_value(stack, index);
}
static inline int shim_sk_GENERAL_NAME_push(STACK_OF(GENERAL_NAME) *stack, GENERAL_NAME *name) {
    return sk_GENERAL_NAME_push(stack, name);
}
static inline STACK_OF(GENERAL_SUBTREE) *shim_sk_GENERAL_SUBTREE_new_null(void) { return sk_GENERAL_SUBTREE_new_null(); }
static inline int shim_sk_GENERAL_SUBTREE_num(const STACK_OF(GENERAL_SUBTREE) *stack) {
    return sk_GENERAL_SUBTREE_num(stack);
}
static inline GENERAL_SUBTREE *shim_sk_GENERAL_SUBTREE_value(const STACK_OF(GENERAL_SUBTREE) *stack, int index) {
    return sk_GENERAL_SUBTREE_value(stack, index);
}
static inline int shim_sk_GENERAL_SUBTREE_push(STACK_OF(GENERAL_SUBTREE) *stack, GENERAL_SUBTREE *subtree) {
    return sk_GENERAL_SUBTREE_push(stack, subtree);
}
static inline STACK_OF(ASN1_OBJECT) *shim_sk_ASN1_OBJECT_new_null(void) { return sk_ASN1_OBJECT_new_null(); }
static inline int shim_sk_ASN1_OBJECT_num(const STACK_OF(ASN1_OBJECT) *stack) { return sk_ASN1_OBJECT_num(stack); }
static inline ASN1_OBJECT *shim_sk_ASN1_OBJECT_value(const STACK_OF(ASN1_OBJECT) *stack, int index) {
    return sk_ASN1_OBJECT_value(stack, index);
}
static inline int shim_sk_ASN1_OBJECT_push(STACK_OF(ASN1_OBJECT) *stack, ASN1_OBJECT *object) {
    return sk_ASN1_OBJECT_push(stack, object);
}
static inline void shim_sk_ASN1_OBJECT_pop_free(STACK_OF(ASN1_OBJECT) *stack) {
    sk_ASN1_OBJECT_pop_free(stack, ASN1_OBJECT_free);
}
static inline void shim_sk_X509_EXTENSION_pop_free(STACK_OF(X509_EXTENSION) *stack) {
    sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
}
static inline STACK_OF(X509_EXTENSION) *shim_sk_X509_EXTENSION_new_null(void) { return sk_X509_EXTENSION_new_null(); }
static inline int shim_sk_X509_EXTENSION_push(STACK_OF(X509_EXTENSION) *stack, X509_EXTENSION *extension) {
    return sk_X509_EXTENSION_push(stack, extension);
}
static inline int shim_sk_X509_EXTENSION_num(const STACK_OF(X509_EXTENSION) *stack) {
    return sk_X509_EXTENSION_num(stack);
}

// The value of a general name, without the union
static inline const ASN1_STRING *shim_GENERAL_NAME_string(const GENERAL_NAME *name) {
    return name->type == GEN_URI || name->type == GEN_DNS || name->type == GEN_EMAIL ? name->d.ia5 : NULL;
}

// Free functions that stand behind macros of several layers
static inline void shim_GENERAL_NAMES_free(STACK_OF(GENERAL_NAME) *names) { GENERAL_NAMES_free(names); }
static inline void shim_EXTENDED_KEY_USAGE_free(STACK_OF(ASN1_OBJECT) *usages) { EXTENDED_KEY_USAGE_free(usages); }

// Verification
static inline void shim_X509_STORE_CTX_set0_trusted_stack(X509_STORE_CTX *context, STACK_OF(X509) *roots) {
    X509_STORE_CTX_set0_trusted_stack(context, roots);
}
static inline X509 *shim_X509_STORE_CTX_get_current_cert(X509_STORE_CTX *context) {
    return X509_STORE_CTX_get_current_cert(context);
}

// Names as text, with the flags that are made by a macro
static inline int shim_X509_NAME_print_rfc2253(BIO *bio, const X509_NAME *name) {
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
}

// Versions: `X509_VERSION_3` and its like are casts or enumerators in some releases
static inline long shim_X509_VERSION_3(void) { return X509_VERSION_3; }
static inline long shim_X509_REQ_VERSION_1(void) { return X509_REQ_VERSION_1; }
static inline long shim_X509_CRL_VERSION_2(void) { return X509_CRL_VERSION_2; }

#endif
