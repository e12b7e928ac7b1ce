/// The release of which command, daemon and library are parts (semver.org).
package enum ProductVersion {
    package static let text = "0.1.0-dev"
}
