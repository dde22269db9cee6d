using Coffer.Fastly.Messages;

namespace Coffer.Fastly.Abi;

/// <summary>What requests, responses and trailers have in common.</summary>
internal static class HeaderFunctions
{
    public static FastlyStatus Names(HostCall call, HeaderList headers, int buffer, int length, int cursor, int endingTo, int writtenTo) =>
        call.Give(headers.Names, headers.Names.Count, static (names, index) => System.Text.Encoding.ASCII.GetBytes(names[index]), buffer, length, cursor, endingTo, writtenTo);

    public static FastlyStatus Value(HostCall call, HeaderList headers, int name, int nameLength, int buffer, int length, int writtenTo) =>
        headers.Find(HeaderList.NameOf(call.Bytes(name, nameLength))) is { } value ? call.Give(value, buffer, length, writtenTo) : FastlyStatus.InvalidArgument;

    public static FastlyStatus Values(
        HostCall call, HeaderList headers, int name, int nameLength, int buffer, int length, int cursor, int endingTo, int writtenTo)
    {
        var values = headers.FindAll(HeaderList.NameOf(call.Bytes(name, nameLength)));
        return call.Give(values, values.Count, static (values, index) => values[index], buffer, length, cursor, endingTo, writtenTo);
    }

    /// <summary>Sets all values of a name, which lie one behind the other, each with a zero behind it.</summary>
    public static FastlyStatus SetValues(HostCall call, HeaderList headers, int name, int nameLength, int values, int valuesLength)
    {
        var key = HeaderList.NameOf(call.Bytes(name, nameLength));
        var bytes = call.Bytes(values, valuesLength);
        var parts = new List<byte[]>();
        while (bytes.IndexOf((byte)0) is var end and >= 0)
        {
            var value = bytes[..end];
            if (!HeaderText.IsValue(value)) return FastlyStatus.Error;
            parts.Add(value.ToArray());
            bytes = bytes[(end + 1)..];
        }

        headers.Remove(key);
        foreach (var value in parts) headers.Append(key, value);
        return FastlyStatus.Ok;
    }

    public static FastlyStatus Insert(HostCall call, HeaderList headers, int name, int nameLength, int value, int valueLength)
    {
        headers.Set(HeaderList.NameOf(call.Bytes(name, nameLength)), call.Bytes(value, valueLength).ToArray());
        return FastlyStatus.Ok;
    }

    public static FastlyStatus Append(HostCall call, HeaderList headers, int name, int nameLength, int value, int valueLength)
    {
        headers.Append(HeaderList.NameOf(call.Bytes(name, nameLength)), call.Bytes(value, valueLength).ToArray());
        return FastlyStatus.Ok;
    }

    public static FastlyStatus Remove(HostCall call, HeaderList headers, int name, int nameLength) =>
        headers.Remove(HeaderList.NameOf(call.Bytes(name, nameLength))) ? FastlyStatus.Ok : FastlyStatus.InvalidArgument;

    /// <summary>Defines the functions for the headers of one kind of message.</summary>
    public static void Define(HostFunctions host, Func<HostCall, int, HeaderList> headersOf)
    {
        host.Is("header_names_get", (call, handle, buffer, length, cursor, endingTo, writtenTo) =>
            Names(call, headersOf(call, handle), buffer, length, cursor, endingTo, writtenTo));
        host.Is("header_value_get", (call, handle, name, nameLength, buffer, length, writtenTo) =>
            Value(call, headersOf(call, handle), name, nameLength, buffer, length, writtenTo));
        host.Is("header_values_get", (call, handle, name, nameLength, buffer, length, cursor, endingTo, writtenTo) =>
            Values(call, headersOf(call, handle), name, nameLength, buffer, length, cursor, endingTo, writtenTo));
        host.Is("header_values_set", (call, handle, name, nameLength, values, valuesLength) =>
            SetValues(call, headersOf(call, handle), name, nameLength, values, valuesLength));
        host.Is("header_insert", (call, handle, name, nameLength, value, valueLength) =>
            Insert(call, headersOf(call, handle), name, nameLength, value, valueLength));
        host.Is("header_append", (call, handle, name, nameLength, value, valueLength) =>
            Append(call, headersOf(call, handle), name, nameLength, value, valueLength));
        host.Is("header_remove", (call, handle, name, nameLength) => Remove(call, headersOf(call, handle), name, nameLength));
    }
}
