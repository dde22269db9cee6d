using Coffer.Opa.Builtins.Graphql;

namespace Coffer.Opa.Builtins;

/// <summary>The one table of all builtins that come with the library, group by group.</summary>
internal static class StandardBuiltins
{
    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        .. StringBuiltins.All(),
        .. EncodingBuiltins.All(),
        .. JsonBuiltins.All(),
        .. NumberBuiltins.All(),
        .. UuidBuiltins.All(),
        .. ObjectBuiltins.All(),
        .. RegexBuiltins.All(),
        .. TimeBuiltins.All(),
        .. NetworkBuiltins.All(),
        .. CryptoBuiltins.All(),
        .. CertificateBuiltins.All(),
        .. TokenBuiltins.All(),
        .. AwsBuiltins.All(),
        .. GraphqlBuiltins.All(),
        .. HttpBuiltins.All(),
        .. RegoBuiltins.All(),
    ];
}
