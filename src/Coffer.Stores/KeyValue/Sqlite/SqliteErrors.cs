using Microsoft.Data.Sqlite;

namespace Coffer.Stores;

/// <summary>What SQLite says, as errors of stores.</summary>
internal static class SqliteErrors
{
    private const int OutOfMemory = 7;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    public static KeyValueException Of(SqliteException exception, string path)
    {
        var what = exception.SqliteErrorCode switch
        {
            Corrupt => "is damaged. Restore it from a copy, or move it and its -wal and -shm files away to start anew",
            NotADatabase => "is no SQLite database. Name another file",
            Full => "cannot grow: the disk is full. Nothing was written; make room",
            CannotOpen => "cannot be opened. Its folder must exist and be writable",
            ReadOnly => "cannot be written to: the file or its folder is read-only",
            InputOutput => "cannot be read or written: the device reports an error",
            OutOfMemory => "needs more memory than there is",
            _ => $"does not answer ({exception.Message})",
        };
        var failure = exception.SqliteErrorCode is Corrupt or NotADatabase ? KeyValueFailure.Damaged : KeyValueFailure.Unavailable;
        return new KeyValueException(failure, $"the key-value database {path} {what}", exception);
    }
}
