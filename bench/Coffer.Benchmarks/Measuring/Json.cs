using System.Text.Json;
using System.Text.Json.Serialization;

namespace Coffer.Benchmarks.Measuring;

/// <summary>How measurements are written.</summary>
internal static class Json
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
