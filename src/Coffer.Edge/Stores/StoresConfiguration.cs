using Coffer.Edge.Ambient;
using Coffer.Edge.Configuration;
using Coffer.Stores;
using Coffer.Stores.Ambient;

namespace Coffer.Edge.Stores;

/// <summary>Where the key-value stores of apps are: one of these, or, when nothing is said, beside what is deployed, or in memory. Immutable.</summary>
internal sealed record StoresConfiguration
{
    /// <summary>A file of SQLite.</summary>
    public string? File { get; init; }

    /// <summary>A file with the address of a server of Redis, which may have a password.</summary>
    public string? RedisFile { get; init; }

    /// <summary>A variable of the environment with the address of a server of Redis.</summary>
    public string? RedisVariable { get; init; }

    /// <summary>Where it stands.</summary>
    public required JsonValue Place { get; init; }

    /// <summary>Reads it.</summary>
    /// <exception cref="ConfigurationException">It says none of them, or several.</exception>
    public static StoresConfiguration Read(JsonValue value)
    {
        value.Only("file", "redis");
        var redis = value["redis"]?.Only("file", "variable");
        var read = new StoresConfiguration { File = value["file"]?.Text, RedisFile = redis?["file"]?.Text, RedisVariable = redis?["variable"]?.Text, Place = value };
        return new[] { read.File, read.RedisFile, read.RedisVariable }.Count(each => each is not null) == 1
            ? read
            : throw value.Error("stores are in a \"file\", or on a server of \"redis\", whose address is in a \"file\" or a \"variable\" of the environment");
    }

    /// <summary>Opens the database.</summary>
    /// <exception cref="ConfigurationException">It cannot be used.</exception>
    public async Task<KeyValueDatabase> OpenAsync(ServerFiles files, TimeProvider time)
    {
        try
        {
            if (File is not null) return SqliteKeyValueDatabase.Open(files.PathOf(File), time);
            var address = RedisFile is not null ? SecretSources.FromFile(files.PathOf(RedisFile)) : SecretSources.FromEnvironment(RedisVariable!);
            if (address is null) throw Place.Error($"the variable {RedisVariable}, which should have the address of a server of Redis, is not set");
            return await RedisKeyValueDatabase.ConnectAsync(System.Text.Encoding.UTF8.GetString(address.Reveal())).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is KeyValueException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Place.Error(exception.Message);
        }
    }
}
