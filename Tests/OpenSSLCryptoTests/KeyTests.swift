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

    @Test(arguments: KeyAlgorithm.allCases) func `an empty message can be signed`(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        #expect(key.publicKey.isValidSignature(try key.sign([]), for: []))
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

    @Test func `the RFC 8032 vector gives the same signature`() throws {
        // Section 7.1, test 2; the header is that of an Ed25519 key in PKCS#8 (RFC 8410).
        let seed = try #require(HexText.bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
        let header: [UInt8] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]
        let key = try PrivateKey(pem: PEMBlock.text(label: "PRIVATE KEY", bytes: header + seed))
        let raw = try #require(key.publicKey.rawEd25519)
        #expect(HexText.lowercase(raw) == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        let expected =
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        #expect(HexText.lowercase(try key.sign([0x72])) == expected)
        #expect(try PublicKey(rawEd25519: raw) == key.publicKey)
    }

    @Test(arguments: [KeyAlgorithm.p256, .p384]) func `signatures have low S, and the high one is refused`(
        algorithm: KeyAlgorithm
    ) throws {
        let key = try PrivateKey.generate(algorithm)
        for number in 0..<32 {
            let message = [UInt8(number)]
            let der = try key.sign(message)
            let signature = try #require(ECDSASignature(der: der, algorithm: algorithm))
            #expect(signature.hasLowS)
            let high = signature.negated
            #expect(!high.hasLowS)
            #expect(high.withLowS.der == der)
            #expect(!key.publicKey.isValidSignature(high.der, for: message))
            guard number == 0 else { continue }
            // The equation holds for both: the stock verifier takes either.
            let digest = algorithm == .p256 ? "sha256" : "sha384"
            for either in [der, high.der] {
                #expect(
                    try StockOpenSSL.verifies(either, of: message, publicKey: key.publicKey, digest: digest)
                )
            }
        }
    }

    @Test(arguments: [
        "3006020101020101", "30060201010201", "3006020101020101ff", "300702010102020001", "3006020100020101",
        "3006020101020100", "30060201ff020101", "3081060201010201", "308106020101020101", "310602010102010a",
    ])
    func `ECDSA signatures are DER of two numbers in range`(hex: String) throws {
        let bytes = try #require(HexText.bytes(hex))
        let isGood = hex == "3006020101020101"
        #expect((ECDSASignature(der: bytes, algorithm: .p256) != nil) == isGood)
    }

    @Test func `r and s stay below the order of the group`() throws {
        for algorithm in [KeyAlgorithm.p256, .p384] {
            let order = try #require(algorithm.groupOrder)
            let one = DERWriter.unsignedInteger([1])
            var below = order
            below[below.count - 1] -= 1
            func isAccepted(_ number: [UInt8]) -> Bool {
                let written = DERWriter.unsignedInteger(number)
                return ECDSASignature(der: DERWriter.sequence(one + written), algorithm: algorithm) != nil
                    && ECDSASignature(der: DERWriter.sequence(written + one), algorithm: algorithm) != nil
            }
            #expect(isAccepted(below))
            #expect(!isAccepted(order))
            #expect(!isAccepted([1] + order))
        }
    }

    @Test func `keys are named by SHA-1 of their bits as OpenSSL does`() throws {
        let partner = try TestPartner(host: "gbr.example", algorithm: .p384)
        #expect(partner.root.subjectKeyIdentifier == partner.root.publicKey.keyIdentifier)
        let spelled = partner.root.publicKey.keyIdentifier.bytes.map { HexText.uppercase([$0]) }
            .joined(separator: ":")
        let text = try StockOpenSSL.run(
            ["x509", "-in", "c.pem", "-noout", "-ocspid"],
            files: ["c.pem": partner.root.pem()]
        ).output
        #expect(text.contains("Public key OCSP hash: \(partner.root.publicKey.keyIdentifier.hex.uppercased())"))
        #expect(try StockOpenSSL.text(of: partner.root).contains(spelled))
    }
}

@Suite struct KeyFileTests {
    @Test(arguments: [["ec", "P-256"], ["ec", "P-384"], ["ed25519"]])
    func `keys of the stock command are read`(kind: [String]) throws {
        let options =
            kind.count == 2
            ? ["-algorithm", kind[0], "-pkeyopt", "ec_paramgen_curve:\(kind[1])"] : ["-algorithm", kind[0]]
        let pem = try StockOpenSSL.run(["genpkey"] + options, files: [:]).output
        #expect(try PrivateKey(pem: Array(pem.utf8)).algorithm.rawValue.lowercased() == kind.last?.lowercased())
    }

    @Test func `a SEC1 key with its curve in front is read`() throws {
        let pem = try StockOpenSSL.run(["ecparam", "-name", "prime256v1", "-genkey"], files: [:]).output
        #expect(pem.contains("EC PARAMETERS") && pem.contains("BEGIN EC PRIVATE KEY"))
        #expect(try PrivateKey(pem: Array(pem.utf8)).algorithm == .p256)
    }

    @Test(arguments: [
        ["genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048"],
        ["genpkey", "-algorithm", "x25519"], ["genpkey", "-algorithm", "ed448"],
        ["genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
        ["genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
        [
            "genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt",
            "ec_param_enc:explicit",
        ],
    ])
    func `keys of other algorithms and encodings are refused`(command: [String]) throws {
        let outcome = try StockOpenSSL.run(command, files: [:])
        try #require(outcome.status == 0, "\(outcome.output)")
        #expect(throws: OpenSSLError.self) { try PrivateKey(pem: Array(outcome.output.utf8)) }
    }

    @Test func `a key with a compressed point is refused`() throws {
        let key = try PrivateKey.generate(.p256)
        let outcome = try StockOpenSSL.run(
            ["ec", "-in", "k.pem", "-pubout", "-conv_form", "compressed", "-outform", "PEM"],
            files: ["k.pem": key.pem()]
        )
        let text = outcome.output.split(separator: "\n").drop { !$0.hasPrefix("-----BEGIN") }.joined(separator: "\n")
        let block = try #require(PEMBlock.parse(Array(text.utf8), operation: "read").first)
        #expect(block.bytes.count == 59)
        #expect(throws: OpenSSLError.self) { try PublicKey(subjectPublicKeyInfo: block.bytes) }
    }

    @Test func `an encrypted key is refused without a question`() throws {
        let key = try PrivateKey.generate(.p256)
        let pkcs8 = try StockOpenSSL.run(
            ["pkcs8", "-topk8", "-in", "k.pem", "-passout", "pass:secret"],
            files: ["k.pem": key.pem()]
        ).output
        let traditional = try StockOpenSSL.run(
            ["ec", "-in", "k.pem", "-aes256", "-passout", "pass:secret"],
            files: ["k.pem": key.pem()]
        ).output
        for text in [pkcs8, traditional] {
            try #require(text.contains("ENCRYPTED"))
            let error = #expect(throws: OpenSSLError.self) { try PrivateKey(pem: Array(text.utf8)) }
            #expect(error?.description.contains("encrypted") == true)
        }
    }

    @Test func `halves that do not belong together are refused`() throws {
        let der = try #require(PEMBlock.parse(PrivateKey.generate(.p256).pem(), operation: "read").first).bytes
        let other = try PrivateKey.generate(.p256).publicKey.subjectPublicKeyInfo
        let swapped = Array(der.dropLast(64)) + other.suffix(64)
        #expect(throws: OpenSSLError.self) {
            try PrivateKey(pem: PEMBlock.text(label: "PRIVATE KEY", bytes: swapped))
        }
    }

    @Test func `anything but exactly one key is refused`() throws {
        let pem = try PrivateKey.generate(.p256).pem()
        let der = try #require(PEMBlock.parse(pem, operation: "read").first).bytes
        let certificate = try TestPartner(host: "gbr.example").root.pem()
        let broken: [[UInt8]] = [
            [], Array("no key".utf8), pem + pem, pem + certificate, certificate, Array(pem.dropLast(10)),
            PEMBlock.text(label: "PRIVATE KEY", bytes: der + [0]),
            PEMBlock.text(label: "PRIVATE KEY", bytes: Array(der.dropLast())),
            PEMBlock.text(label: "PRIVATE KEY", bytes: []),
        ]
        for text in broken {
            #expect(throws: OpenSSLError.self) { try PrivateKey(pem: text) }
        }
    }

    @Test(arguments: KeyAlgorithm.allCases) func `truncated and changed public keys are refused or another key`(
        algorithm: KeyAlgorithm
    ) throws {
        let spki = try PrivateKey.generate(algorithm).publicKey.subjectPublicKeyInfo
        #expect(throws: OpenSSLError.self) { try PublicKey(subjectPublicKeyInfo: spki + [0]) }
        for count in 0..<spki.count {
            #expect(throws: OpenSSLError.self) { try PublicKey(subjectPublicKeyInfo: Array(spki.prefix(count))) }
        }
        for bit in 0..<(spki.count * 8) {
            var changed = spki
            changed[bit / 8] ^= 1 << (bit % 8)
            if let key = try? PublicKey(subjectPublicKeyInfo: changed) {
                #expect(key.subjectPublicKeyInfo == changed)
                #expect(algorithm == .ed25519, "a point off the curve was taken")
            }
        }
        #expect(throws: OpenSSLError.self) { try PublicKey(rawEd25519: Array(spki.suffix(31))) }
    }
}
