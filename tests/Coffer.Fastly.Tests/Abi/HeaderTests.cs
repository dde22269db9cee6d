using Coffer.Fastly.Abi;

namespace Coffer.Fastly.Tests.Abi;

public sealed class HeaderTests
{
    public static TheoryData<string> Kinds => ["fastly_http_req", "fastly_http_resp"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Headers_AreSetAppendedReadAndRemoved(string kind)
    {
        using var guest = await AbiGuest.StartAsync();
        var handle = guest.Get($"{kind}.new");
        guest.SetHeader(kind, handle, "X-One", "1");
        var (name, nameLength) = guest.Put("x-ONE");
        var (value, valueLength) = guest.Put("2");
        guest.Do($"{kind}.header_append", handle, name, nameLength, value, valueLength);
        Assert.Equal("1", guest.GetHeader(kind, handle, "x-one"));
        guest.Do($"{kind}.header_values_get", handle, name, nameLength, AbiGuest.Buffer, 100, 0, AbiGuest.Result, AbiGuest.Written);
        Assert.Equal("1\02\0", guest.Text(AbiGuest.Buffer, guest.Read(AbiGuest.Written)));
        Assert.Equal(-1, guest.ReadLong(AbiGuest.Result));
        guest.SetHeader(kind, handle, "a", "b");
        guest.Do($"{kind}.header_names_get", handle, AbiGuest.Buffer, 100, 0, AbiGuest.Result, AbiGuest.Written);
        Assert.Equal("x-one\0a\0", guest.Text(AbiGuest.Buffer, guest.Read(AbiGuest.Written)));
        guest.Do($"{kind}.header_remove", handle, name, nameLength);
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call($"{kind}.header_remove", handle, name, nameLength));
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call($"{kind}.header_value_get", handle, name, nameLength, AbiGuest.Buffer, 100, AbiGuest.Written));
        // No value is an empty list, and no error.
        guest.Do($"{kind}.header_values_get", handle, name, nameLength, AbiGuest.Buffer, 100, 0, AbiGuest.Result, AbiGuest.Written);
        Assert.Equal(0, guest.Read(AbiGuest.Written));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ManyValues_AreReadByACursor_AndShortBuffersLearnWhatIsNeeded(string kind)
    {
        using var guest = await AbiGuest.StartAsync();
        var handle = guest.Get($"{kind}.new");
        var (name, nameLength) = guest.Put("x");
        var (values, length) = guest.Put("one\0two\0three\0");
        guest.Do($"{kind}.header_values_set", handle, name, nameLength, values, length);
        var read = new List<string>();
        for (var cursor = 0L; cursor >= 0; cursor = guest.ReadLong(AbiGuest.Result))
        {
            guest.Do($"{kind}.header_values_get", handle, name, nameLength, AbiGuest.Buffer, 8, (int)cursor, AbiGuest.Result, AbiGuest.Written);
            read.Add(guest.Text(AbiGuest.Buffer, guest.Read(AbiGuest.Written)));
        }

        Assert.Equal(["one\0two\0", "three\0"], read);
        Assert.Equal(FastlyStatus.BufferLength, guest.Call($"{kind}.header_values_get", handle, name, nameLength, AbiGuest.Buffer, 5, 2, AbiGuest.Result, AbiGuest.Written));
        Assert.Equal(6, guest.Read(AbiGuest.Written));
        Assert.Equal(FastlyStatus.BufferLength, guest.Call($"{kind}.header_value_get", handle, name, nameLength, AbiGuest.Buffer, 2, AbiGuest.Written));
        Assert.Equal(3, guest.Read(AbiGuest.Written));
    }

    [Theory]
    [InlineData("x", "a\r\nset-cookie: evil")]
    [InlineData("x", "a\nb")]
    [InlineData("x", "a\0b")]
    [InlineData("x: y", "b")]
    [InlineData("x\r\ny", "b")]
    [InlineData("", "b")]
    [InlineData("ü", "b")]
    public async Task Injections_AreRefused(string name, string value)
    {
        foreach (var kind in Kinds.Select(row => row.Data))
        {
            using var guest = await AbiGuest.StartAsync();
            var handle = guest.Get($"{kind}.new");
            var (n, nameLength) = guest.Put(name);
            var (v, valueLength) = guest.Put(value);
            Assert.Equal(FastlyStatus.Error, guest.Call($"{kind}.header_insert", handle, n, nameLength, v, valueLength));
            Assert.Equal(FastlyStatus.Error, guest.Call($"{kind}.header_append", handle, n, nameLength, v, valueLength));
            guest.Do($"{kind}.header_names_get", handle, AbiGuest.Buffer, 100, 0, AbiGuest.Result, AbiGuest.Written);
            Assert.Equal(0, guest.Read(AbiGuest.Written));
        }
    }

    [Fact]
    public async Task Headers_AreBounded()
    {
        using var guest = await AbiGuest.StartAsync(limits: FastlyLimits.Default with { HeaderBytes = 1000 });
        var handle = guest.Get("fastly_http_req.new");
        var (name, nameLength) = guest.Put("x");
        var (value, valueLength) = guest.Put(new string('a', 95));
        for (var i = 0; i < 10; i++) guest.Do("fastly_http_req.header_append", handle, name, nameLength, value, valueLength);
        Assert.Equal(FastlyStatus.HttpHeadTooLarge, guest.Call("fastly_http_req.header_append", handle, name, nameLength, value, valueLength));
        guest.Do("fastly_http_req.header_remove", handle, name, nameLength);
        guest.Do("fastly_http_req.header_append", handle, name, nameLength, value, valueLength);
    }

    [Fact]
    public async Task OriginalHeaders_StayAsTheyCame()
    {
        var request = new TestRequest { Fields = { new("X-A", "1"), new("x-b", "2"), new("bad name", "3") } };
        using var guest = await AbiGuest.StartAsync(request: request);
        var handle = guest.Session.RequestHandle;
        var (name, length) = guest.Put("x-a");
        guest.Do("fastly_http_req.header_remove", handle, name, length);
        Assert.Equal(2, guest.Get("fastly_http_req.original_header_count"));
        guest.Do("fastly_http_req.original_header_names_get", AbiGuest.Buffer, 100, 0, AbiGuest.Result, AbiGuest.Written);
        Assert.Equal("x-a\0x-b\0", guest.Text(AbiGuest.Buffer, guest.Read(AbiGuest.Written)));
        guest.Do("fastly_http_req.close", handle);
        Assert.Equal(2, guest.Get("fastly_http_downstream.downstream_original_header_count", handle));
    }
}
