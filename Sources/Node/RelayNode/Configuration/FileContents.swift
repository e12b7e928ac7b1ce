import Foundation

/// Whole files, with an error that names them.
package enum FileContents {
    package static func read(_ path: String) throws(ConfigurationError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw ConfigurationError(file: path, "cannot read the file: \(error.localizedDescription)")
        }
    }
}
