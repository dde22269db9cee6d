using System.Text;
using System.Text.Json;
using Coffer.Stores.Ambient;

namespace Coffer.Stores.Tests.Secrets;

public class SecretTests
{
    private const string Value = "correct horse battery";

    [Fact]
    public void Secret_ShowsNothingOfItself()
    {
        var secret = new Secret(Encoding.UTF8.GetBytes(Value));
        Assert.DoesNotContain(Value, secret.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Value, $"{secret}", StringComparison.Ordinal);
        Assert.Equal("\"(secret)\"", JsonSerializer.Serialize(secret));
        Assert.Equal(new Secret("other"u8).GetHashCode(), secret.GetHashCode());
        Assert.Equal(Value, Encoding.UTF8.GetString(secret.Reveal()));
        Assert.True(secret.Equals(new Secret(Encoding.UTF8.GetBytes(Value))));
        Assert.False(secret.Equals(new Secret("other"u8)));
    }

    [Fact]
    public void Store_GivesSecretsByName_AndRefusesWithoutTellingThem()
    {
        var store = new SecretStore("s", [new("key", new Secret("v"u8))]);
        Assert.Equal("v"u8, store.Get("key")!.Reveal());
        Assert.Null(store.Get("Key"));
        Assert.Equal(["key"], store.Names);
        var large = new Secret(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Value, 4000))));
        var failure = Assert.Throws<ArgumentException>(() => store.Replace([new("key", large)]));
        Assert.DoesNotContain(Value, failure.ToString(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => store.Replace([new("a", new Secret("1"u8)), new("a", new Secret("2"u8))]));
        Assert.Equal("v"u8, store.Get("key")!.Reveal());
        Assert.DoesNotContain("\"v\"", store.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sources_ReadFilesFoldersAndVariables()
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "token"), Value + "\n");
        await File.WriteAllBytesAsync(Path.Combine(folder.Path, "binary"), [0, 1, 10, 10]);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, ".hidden"), "no");
        await File.WriteAllBytesAsync(Path.Combine(folder.Path, "..data"), [1]);
        var secrets = SecretSources.FromFolder(folder.Path);
        Assert.Equal(["binary", "token"], secrets.Keys.Order());
        Assert.Equal(Value, Encoding.UTF8.GetString(secrets["token"].Reveal()));
        Assert.Equal([0, 1, 10], secrets["binary"].Reveal().ToArray());
        await File.WriteAllBytesAsync(Path.Combine(folder.Path, "large"), new byte[SecretStore.ValueBytes + 1]);
        Assert.Throws<IOException>(() => SecretSources.FromFile(Path.Combine(folder.Path, "large")));
        Assert.Null(SecretSources.FromEnvironment("COFFER_NO_SUCH_VARIABLE"));
    }

    [Fact]
    public void ConfigStore_IsReplacedAsAWhole()
    {
        var store = new ConfigStore("c", [new("a", "1"), new("b", "1")], new ConfigStoreLimits { Entries = 3, NameBytes = 3, ValueBytes = 4 });
        var before = store.Snapshot;
        store.Replace([new("a", "2")]);
        Assert.Equal("2", store.Get("a"));
        Assert.Null(store.Get("b"));
        Assert.Equal("1", before["b"]);
        Assert.Throws<ArgumentException>(() => store.Replace([new("long", "v")]));
        Assert.Throws<ArgumentException>(() => store.Replace([new("a", "ééé")]));
        Assert.Throws<ArgumentException>(() => store.Replace([new("a", "1"), new("a", "2")]));
        Assert.Throws<ArgumentException>(() => store.Replace([new("a", "1"), new("b", "1"), new("c", "1"), new("d", "1")]));
        Assert.Equal("2", store.Get("a"));
    }
}
