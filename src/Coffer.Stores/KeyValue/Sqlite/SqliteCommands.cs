using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Coffer.Stores;

/// <summary>Commands that a connection keeps, so that their statements are prepared once.</summary>
internal static class SqliteCommands
{
    public static SqliteCommand Bind(
        SqliteConnection connection, Dictionary<string, SqliteCommand> kept, string text, ReadOnlySpan<object?> values)
    {
        if (!kept.TryGetValue(text, out var command))
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are constants of this assembly; values are parameters.
            command.CommandText = text;
#pragma warning restore CA2100
            for (var index = 1; index <= values.Length; index++)
                command.Parameters.Add(new SqliteParameter { ParameterName = "$" + index.ToString(CultureInfo.InvariantCulture) });
            kept.Add(text, command);
        }

        for (var index = 0; index < values.Length; index++) command.Parameters[index].Value = values[index] ?? DBNull.Value;
        return command;
    }
}
