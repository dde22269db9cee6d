using Microsoft.Data.Sqlite;

namespace Coffer.Edge.Deployment.State;

/// <summary>
/// The deployments that nobody waits for, in the database of the deployments: that one was taken in, and how it ended. What is between is not
/// written down, since no server goes on with what another has begun. Used within the database's calls.
/// </summary>
internal static class OperationTable
{
    /// <summary>How many are kept.</summary>
    public const int Kept = 1000;

    // Beside the tables of an earlier Coffer, which does not look at it.
    public const string Definition = """
        CREATE TABLE IF NOT EXISTS operations (
          id INTEGER PRIMARY KEY AUTOINCREMENT, app TEXT NOT NULL, digest TEXT NOT NULL, canary INTEGER, started INTEGER NOT NULL,
          ended INTEGER, version INTEGER, code TEXT, reason TEXT)
        """;

    public const string Insert = "INSERT INTO operations (app, digest, canary, started) VALUES ($1, $2, $3, $4) RETURNING id";

    public const string Forget = "DELETE FROM operations WHERE id <= $1";

    public const string Succeed = "UPDATE operations SET ended = $2, version = $3 WHERE id = $1 AND ended IS NULL";

    public const string Fail = "UPDATE operations SET ended = $2, code = $3, reason = $4 WHERE id = $1 AND ended IS NULL";

    public const string FailAll = "UPDATE operations SET ended = $1, code = $2, reason = $3 WHERE ended IS NULL RETURNING id";

    public const string Newest = "SELECT id, app, digest, canary, started, ended, version, code, reason FROM operations WHERE $1 IS NULL OR id = $1 ORDER BY id DESC LIMIT $2";

    /// <summary>A row of <see cref="Newest"/>.</summary>
    public static DeploymentOperation Read(SqliteDataReader row)
    {
        DateTimeOffset? ended = row.IsDBNull(5) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5));
        var version = row.IsDBNull(6) ? (int?)null : row.GetInt32(6);
        return new DeploymentOperation
        {
            Id = row.GetInt64(0),
            App = row.GetString(1),
            Digest = row.GetString(2),
            Canary = row.IsDBNull(3) ? null : row.GetInt32(3),
            Started = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)),
            Ended = ended,
            Version = version,
            Code = row.IsDBNull(7) ? null : row.GetString(7),
            Reason = row.IsDBNull(8) ? null : row.GetString(8),
            State = ended is null ? OperationState.Pending : version is null ? OperationState.Failed : OperationState.Serving,
        };
    }
}
