using System.Text.Json.Serialization;
using Coffer.Plugins.Typed;

namespace Coffer.Plugins.Tests.Typed;

public sealed record Order(int Id, string Customer, IReadOnlyList<string> Items);

public enum Color
{
    Red,
    Green,
}

[PluginInterface]
public interface IShop
{
    int Add(int a, int b);

    double Scale(double value, float by, long offset, bool negative);

    string Greet(string name);

    byte[] Reverse(ReadOnlySpan<byte> data);

    ReadOnlyMemory<byte> Same(ReadOnlyMemory<byte> data);

    string? MaybeNothing(string? text);

    Order Echo(Order order);

    Task<string> GreetAsync(string name, CancellationToken cancellation);

    void Fail(string why);

    void Trap();

    [WasmName("bad-pointer")]
    string BadPointer();

    [WasmName("bad-json")]
    Order BadJson();

    [WasmName("null-json")]
    Order NullJson();

    [WasmName("null-json")]
    Order? MaybeJson();

    string Ask(int id);

    int AskAndThrow();

    int Missing();

    int WrongType();
}

[PluginHostInterface("shop:host")]
public interface IShopHost
{
    string NameOf(int id);

    int Length(byte[] data);

    void Log(string text);

    Order? Find(Order? template, Color color);

    int Throw();
}

[PluginInterface(Json = typeof(ShopJson))]
public interface IJsonShop
{
    Order Echo(Order order);
}

[JsonSerializable(typeof(Order))]
internal sealed partial class ShopJson : JsonSerializerContext;
