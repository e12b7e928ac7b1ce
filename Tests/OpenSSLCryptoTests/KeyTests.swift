import Testing

@testable import OpenSSLCrypto

@Suite struct KeyTests {
    @Test(arguments: KeyAlgorithm.allCases) func `a signature verifies with the public half only`(
        algorithm: KeyAlgorithm
    ) throws {
        let key = try PrivateKey.generate(algorithm)
        let other = try PrivateKey.generate(algorithm)
        let message = Array("flash".utf8)
        let signature = try key.sign(message)
        #expect(key.algorithm == algorithm)
        #expect(key.publicKey.isValidSignature(signature, for: message))
        #expect(!key.publicKey.isValidSignature(signature, for: message + [0]))
        #expect(!other.publicKey.isValidSignature(signature, for: message))
        #expect(!key.publicKey.isValidSignature([], for: message))
        #expect(!key.publicKey.isValidSignature(signature + [0], for: message))
    }

    @Test(arguments: KeyAlgorithm.allCases) func `PEM and SubjectPublicKeyInfo round trip`(
        algorithm: KeyAlgorithm
    ) throws {
        let key = try PrivateKey.generate(algorithm)
        let again = try PrivateKey(pem: key.pem())
        #expect(again.publicKey == key.publicKey)
        let publicKey = try PublicKey(subjectPublicKeyInfo: key.publicKey.subjectPublicKeyInfo)
        #expect(publicKey == key.publicKey)
        #expect(publicKey.keyIdentifier == key.publicKey.keyIdentifier)
        #expect(publicKey.isValidSignature(try again.sign([1]), for: [1]))
    }
}
