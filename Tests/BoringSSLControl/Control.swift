import Crypto

/// Links BoringSSL, so that the test which looks for it in the shipped binaries is known to find it.
@main
struct Control {
    static func main() {
        print(SHA256.hash(data: [0x45]))
    }
}
