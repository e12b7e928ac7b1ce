import ArgumentParser
import CoalitionDirectory
import Foundation

/// A partner's root certificate as an argument names it: `GBR=FILE`.
struct RootArgument: Hashable, Sendable {
    let partner: PartnerCode
    let file: String

    private init(partner: PartnerCode, file: String) {
        self.partner = partner
        self.file = file
    }

    init(_ argument: String) throws {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty else {
            throw ValidationError("expected a partner and a file, as in GBR=gbr-root.pem, got `\(argument)`")
        }
        do {
            partner = try PartnerCode(String(parts[0]))
        } catch {
            throw ValidationError("`\(argument)`: \(error)")
        }
        file = String(parts[1])
    }

    /// The files of a folder that are named after partners, `GBR.pem`; others are passed over.
    static func files(in folder: String) throws(CommandFailure) -> [RootArgument] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw CommandFailure(
                "`\(folder)`: cannot be read as a folder",
                next: "name the folder that holds the partners' roots as PARTNER.pem"
            )
        }
        var roots: [RootArgument] = []
        for name in names.sorted() where name.hasSuffix(".pem") {
            do {
                roots.append(
                    RootArgument(partner: try PartnerCode(String(name.dropLast(4))), file: "\(folder)/\(name)")
                )
            } catch {
                continue
            }
        }
        guard !roots.isEmpty else {
            throw CommandFailure(
                "`\(folder)`: expected root certificates named PARTNER.pem, such as GBR.pem, got none",
                next: "name the folder that holds them, or give them one by one with --root PARTNER=FILE"
            )
        }
        return roots
    }
}
