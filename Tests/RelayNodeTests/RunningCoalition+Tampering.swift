import Foundation
import GRDB
import NodeSupport

extension RunningCoalition {
    /// Runs SQL on the database of a node that has stopped, also what its triggers forbid, and leaves them as they were.
    func tamper(_ code: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: dataFolder(of: code).appendingPathComponent("entente.sqlite").path)
        try queue.write { database in
            let triggers = try Row.fetchAll(database, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(trigger[0] as String)") }
            try database.execute(sql: sql)
            for trigger in triggers { try database.execute(sql: trigger[1]) }
        }
        try queue.close()
    }
}
