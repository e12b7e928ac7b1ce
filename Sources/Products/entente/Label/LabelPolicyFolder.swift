import Foundation
import SecurityLabels

/// The label policy files of a folder, in the order of their names.
enum LabelPolicyFolder {
    /// The label policies of a folder, read strictly.
    static func set(_ path: String) throws(CommandFailure) -> LabelPolicySet {
        do {
            return try LabelPolicySet.parse(files: try read(path))
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)", next: "correct the line and try again", status: .badConfiguration)
        }
    }

    static func read(_ path: String) throws(CommandFailure) -> [LabelPolicySet.File] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw CommandFailure(
                "cannot read the folder `\(path)`",
                next: "give a folder of label policies, such as Config/labels",
                status: .badConfiguration
            )
        }
        var files: [LabelPolicySet.File] = []
        for name in names.filter({ $0.hasSuffix(".yaml") }).sorted() {
            let file = "\(path)/\(name)"
            guard let yaml = String(validating: try WholeFile.read(file), as: UTF8.self) else {
                throw CommandFailure("`\(file)`: expected UTF-8", status: .badConfiguration)
            }
            files.append(LabelPolicySet.File(name: file, yaml: yaml))
        }
        return files
    }
}
