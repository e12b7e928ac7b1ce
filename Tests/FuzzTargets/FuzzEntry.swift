import Foundation

/// What libFuzzer calls with each input: runs the target that `ENTENTE_FUZZ_TARGET` names.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    _ = FuzzEntry.target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private enum FuzzEntry {
    static let target: FuzzTarget = {
        let name = ProcessInfo.processInfo.environment["ENTENTE_FUZZ_TARGET"] ?? ""
        guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
            let known = FuzzTarget.all.map(\.name).joined(separator: ", ")
            fatalError("expected `ENTENTE_FUZZ_TARGET` to be one of \(known), got `\(name)`")
        }
        return target
    }()
}
