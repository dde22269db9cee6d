using Coffer.Opa.Builtins;
using Coffer.Opa.Values;

namespace Coffer.Opa.Tests.Builtins;

/// <summary>What builtins give, where OPA's own cases say little: what Go's packages give for the same.</summary>
public sealed class BuiltinTests
{
    [Theory]
    [InlineData("""["%d|%5d|%-5d|%05d|%+d|% d", [1,2,3,4,5,6]]""", "1|    2|3    |00004|+5| 6")]
    [InlineData("""["%x|%X|%o|%b|%#x|%c|%U", [255,255,8,5,255,65,9731]]""", "ff|FF|10|101|0xff|A|U+2603")]
    [InlineData("""["%v|%v|%v|%v", [null,true,[1,"a"],{"k":{"b"}}]]""", "null|true|[1, \"a\"]|{\"k\": {\"b\"}}")]
    [InlineData("""["%s|%10s|%-6s|%.2s|%q", ["a","b","c","défg","q\"q"]]""", "a|         b|c     |dé|\"q\\\"q\"")]
    [InlineData("""["%e|%.2f|%g|%6.1f|%E", [1234.5,3.14159,0.00001,2.25,1]]""", "1.234500e+03|3.14|1e-05|   2.2|1.000000E+00")]
    [InlineData("""["%d%%", [50]]""", "50%")]
    [InlineData("""["%d", []]""", "%!d(MISSING)")]
    [InlineData("""["a", [1]]""", "a%!(EXTRA int=1)")]
    [InlineData("""["%d", ["x"]]""", "%!d(string=x)")]
    [InlineData("""["%", []]""", "%!(NOVERB)")]
    [InlineData("""["%[2]d %[1]d", [1,2]]""", "2 1")]
    [InlineData("""["%*d", [5,1]]""", "    1")]
    [InlineData("""["%d", [123456789012345678901234567890]]""", "123456789012345678901234567890")]
    [InlineData("""["%x", ["hi"]]""", "6869")]
    public void Sprintf_WritesWhatGoWrites(string operands, string wanted) =>
        Assert.Equal((RegoValue)wanted, Call("sprintf", operands));

    [Theory]
    [InlineData("time.format", "[0]", "\"1970-01-01T00:00:00Z\"")]
    [InlineData("time.format", """[[1517832000123456789, "America/New_York", "Mon Jan _2 15:04:05.000 2006 -07:00"]]""", "\"Mon Feb  5 07:00:00.123 2018 -05:00\"")]
    [InlineData("time.format", """[[1517832000000000000, "", "RFC1123"]]""", "\"Mon, 05 Feb 2018 12:00:00 UTC\"")]
    [InlineData("time.format", """[[1517832000000000000, "UTC", "02/01/06 03:04PM"]]""", "\"05/02/18 12:00PM\"")]
    [InlineData("time.format", """[[1517832000500000000, "", "RFC3339Nano"]]""", "\"2018-02-05T12:00:00.5Z\"")]
    [InlineData("time.parse_ns", """["RFC1123Z", "Mon, 05 Feb 2018 12:00:00 +0100"]""", "1517828400000000000")]
    [InlineData("time.parse_ns", """["2006-01-02", "2020-02-29"]""", "1582934400000000000")]
    [InlineData("time.parse_ns", """["Jan 2, 2006 at 3:04pm (MST)", "Feb 4, 2014 at 6:05pm (PST)"]""", "1391537100000000000")]
    [InlineData("time.parse_rfc3339_ns", """["2018-02-05T12:00:00.25+01:00"]""", "1517828400250000000")]
    [InlineData("time.parse_duration_ns", """["-1h2m3.5s"]""", "-3723500000000")]
    [InlineData("time.add_date", "[1517832000000000000, 0, 1, 30]", "1522843200000000000")]
    [InlineData("time.diff", "[1517832000000000000, 1582977600000000000]", "[2,0,24,0,0,0]")]
    [InlineData("units.parse", """["1.5Ki"]""", "1536")]
    [InlineData("units.parse", """["3m"]""", "0.003")]
    [InlineData("units.parse_bytes", """["1.5gib"]""", "1610612736")]
    [InlineData("semver.compare", """["1.2.3-rc.1", "1.2.3"]""", "-1")]
    [InlineData("strings.split_n", """["a,b,c", ",", 2]""", """["a","b,c"]""")]
    [InlineData("strings.split_n", """["a,b,c", ",", -1]""", """["a","b","c"]""")]
    [InlineData("regex.replace", """["abc", "(?P<x>b)", "[${x}$1]"]""", "\"a[bb]c\"")]
    [InlineData("regex.replace", """["abcd", "(?P<x>b)(c)", "$2${x}$2_$9"]""", "\"acbd\"")]
    [InlineData("regex.split", """["[[:space:]]+", "a  b c"]""", """["a","b","c"]""")]
    [InlineData("regex.find_n", """["[\\d]+", "1 22 ٣", -1]""", """["1","22"]""")]
    [InlineData("glob.quote_meta", """["*.a?[b]{c}"]""", "\"\\\\*.a\\\\?\\\\[b\\\\]\\\\{c\\\\}\"")]
    [InlineData("urlquery.encode", """["a b&c=ü"]""", "\"a+b%26c%3D%C3%BC\"")]
    [InlineData("yaml.unmarshal", """["a: [1, yes, ~, 0x1f, '1', 1.5e3]\nb: &x {c: d}\ne: *x\nf:\n  <<: *x\n  g: |\n    two\n    lines\n"]""", """{"a":[1,true,null,31,"1",1500],"b":{"c":"d"},"e":{"c":"d"},"f":{"c":"d","g":"two\nlines\n"}}""")]
    [InlineData("yaml.marshal", """[{"b":[1,{"c":null}],"a":"yes","d":"plain"}]""", "\"a: \\\"yes\\\"\\nb:\\n- 1\\n- c: null\\nd: plain\\n\"")]
    [InlineData("object.subset", """[{"a":[1,2,3],"b":{"c":{1,2}}}, {"a":[2,3],"b":{"c":{2}}}]""", "true")]
    [InlineData("json.patch", """[{"a":{1,2}}, [{"op":"add","path":["a",3],"value":3},{"op":"remove","path":"/b"}]]""", null)]
    [InlineData("json.patch", """[{"a":{1,2}}, [{"op":"add","path":["a",3],"value":3}]]""", """{"a":{1,2,3}}""")]
    [InlineData("json.match_schema", """["\"aab\"", {"pattern":"^a+b$"}]""", "[true,[]]")]
    [InlineData("json.match_schema", """[{"ab":1,"c":2}, {"patternProperties":{"^a":{"type":"number"}},"properties":{"c":{}},"additionalProperties":false}]""", "[true,[]]")]
    [InlineData("net.cidr_expand", """["fe80::/127"]""", """{"fe80::","fe80::1"}""")]
    [InlineData("net.cidr_is_valid", """["010.0.0.0/8"]""", "false")]
    [InlineData("crypto.hmac.sha256", """["message","key"]""", "\"6e9ef29b75fffc5b7abae527d58fdadb2fe42e7219011976917343065f58ed4a\"")]
    [InlineData("internal.template_string", """[["a ", {1}, " ", {"x"}, set()]]""", "\"a 1 x<undefined>\"")]
    public void Builtin_GivesWhatGoGives(string name, string operands, string? wanted) =>
        Assert.Equal(wanted is null ? null : RegoValue.Parse(wanted), Call(name, operands));

    [Theory]
    [InlineData("sprintf", """["%d", "x"]""", "operand 2 must be array but got string")]
    [InlineData("regex.find_n", """["(", "x", 1]""", "error parsing regexp")]
    [InlineData("regex.find_n", """["(?=a)", "x", 1]""", "invalid or unsupported Perl syntax")]
    [InlineData("regex.find_n", """["(a)\\1", "x", 1]""", "invalid escape sequence")]
    [InlineData("time.format", """[[0, "Nowhere/Land"]]""", "unknown time zone Nowhere/Land")]
    [InlineData("time.parse_ns", """["2006", "x"]""", "cannot parse")]
    [InlineData("time.parse_ns", """["2006-01-02", "2021-02-29"]""", "day out of range")]
    [InlineData("numbers.range_step", "[0, 1, 0]", "step must be a positive integer")]
    [InlineData("numbers.range_step", "[0, 1e9, 1]", "more than")]
    [InlineData("net.cidr_expand", """["10.0.0.0/8"]""", "more than")]
    [InlineData("yaml.unmarshal", """["a: *x"]""", "unknown anchor")]
    [InlineData("json.match_schema", """[{}, {"$ref":"http://127.0.0.1:9/schema"}]""", "")]
    [InlineData("json.match_schema", """[{"a":1}, "{"]""", "")]
    [InlineData("json.match_schema", """[{}, {"pattern":"(?=a)"}]""", "error parsing regexp")]
    [InlineData("io.jwt.decode_verify", """["a.b.c", {"cert":"x","secret":"y"}]""", "expected cert or secret, not both")]
    [InlineData("rego.parse_module", """["a", "package a"]""", "no parser of Rego")]
    public void Mistake_IsTold(string name, string operands, string message) =>
        Assert.Contains(message, Assert.Throws<BuiltinException>(() => Call(name, operands))
            .Message, StringComparison.Ordinal);

    /// <summary>Operands that make something large or long of little.</summary>
    public static TheoryData<string, string> Hostile => new()
    {
        { "sprintf", """["%1000000000d", [1]]""" },
        { "sprintf", $"[\"{string.Concat(Enumerable.Repeat("%999999d", 100))}\", [{string.Join(',', Enumerable.Repeat("1", 100))}]]" },
        { "strings.render_template", $"[\"{string.Concat(Enumerable.Repeat("{{if .a}}", 100_000))}\", {{\"a\":1}}]" },
        { "strings.render_template", $"[\"{new string('(', 10)}\", {{}}]" },
        { "strings.render_template",
            "[\"{{range .a}}{{range $.a}}{{range $.a}}{{range $.a}}{{range $.a}}x{{end}}{{end}}{{end}}{{end}}{{end}}\", {\"a\":[" + string.Join(',', Enumerable.Range(0, 1000)) + "]}]" },
        { "regex.replace", $"[\"{new string('a', 100_000)}\", \"a\", \"{new string('b', 10_000)}\"]" },
        { "regex.find_n", $"[\"(a*)*b\", \"{new string('a', 50_000)}\", -1]" },
        { "yaml.unmarshal", $"[\"{new string('[', 20_000)}\"]" },
        { "yaml.unmarshal", "[\"a: &a [1,1,1,1,1,1,1,1,1,1]\\n" + string.Concat(
            Enumerable.Range(1, 9).Select(
                i => $"{(char)('a' + i)}: &{(char)('a' + i)} [{string.Join(',', Enumerable.Repeat($"*{(char)('a' + i - 1)}", 10))}]\\n")) + "\"]" },
        { "graphql.parse_query", $"[\"{new string('{', 100_000)}\"]" },
        { "graphql.is_valid", "[\"" + string.Concat(
            Enumerable.Range(0, 5_000)
                .Select(i => $"fragment f{i} on Query {{ ...f{i + 1} }} ")) + "{ ...f0 }\", \"type Query { a: Int }\"]" },
        { "graphql.is_valid", "[\"" + string.Concat(
            Enumerable.Range(0, 30).Select(
                i => $"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }} ")) + "fragment f30 on Query { a } { ...f0 }\", \"type Query { a: Int }\"]" },
        { "json.marshal_with_options",
            "[" + string.Concat(Enumerable.Repeat("[", 400)) + string.Concat(
                Enumerable.Repeat("]", 400)) + ", {\"indent\":\"" + new string(' ', 100_000) + "\"}]" },
        { "json.match_schema", "[" + string.Concat(Enumerable.Repeat("{\"a\":", 900)) + "1" + string.Concat(
            Enumerable.Repeat("}", 900)) + ", {\"$ref\":\"#\"}]" },
        { "json.match_schema", $"[{{\"x\":\"{new string('a', 40)}!\"}}, {{\"properties\":{{\"x\":{{\"pattern\":\"^(a+)+$\"}}}}}}]" },
        { "json.match_schema", $"[{{\"{new string('a', 40)}!\":1}}, {{\"patternProperties\":{{\"^(a+)+$\":{{}}}},\"additionalProperties\":false}}]" },
        { "json.match_schema", $"[{{\"{new string('a', 40)}!\":1}}, {{\"propertyNames\":{{\"$ref\":\"#/$defs/n\"}},\"$defs\":{{\"n\":{{\"pattern\":\"^(a+)+$\"}}}}}}]" },
        { "json.match_schema", $"[{{\"x\":\"{new string('a', 40)}!\"}}, {{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"additionalProperties\":{{\"anyOf\":[{{\"pattern\":\"^(a|aa)+$\"}}]}}}}]" },
        { "graph.reachable_paths",
            "[{" + string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"\"{i}\":[\"{i + 1}\"]")) + "}, [\"0\"]]" },
        { "regex.globs_match", $"[\"{string.Concat(Enumerable.Repeat("[a-z]*", 3_000))}\", \"{string.Concat(Enumerable.Repeat("[0-9]*a*", 3_000))}\"]" },
        { "io.jwt.decode", "[\"" + new string('.', 100_000) + "\"]" },
        { "crypto.x509.parse_certificates",
            $"[\"{Convert.ToBase64String([.. Enumerable.Repeat<byte[]>([0x30, 0x80], 50_000).SelectMany(bytes => bytes)])}\"]" },
        { "uuid.parse", $"[\"{new string('0', 100_000)}\"]" },
        { "units.parse", $"[\"1{new string('0', 200_000)}\"]" },
        { "net.cidr_merge", "[[\"::/0\",\"0.0.0.0/0\"]]" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void HostileOperands_AreAnsweredOrRefused_InTime(string name, string operands)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var values = ((RegoArray)RegoValue.Parse(operands)).ToArray();
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        Exception? failure = null;

        // On a stack as small as one that a policy has nearly used up.
        var thread = new Thread(() =>
            failure = Record.Exception(() => BuiltinTable.Standard.Find(name)!(Context(limit.Token), values)), 512 << 10);
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)));
        Assert.True(failure is null or BuiltinException or OperationCanceledException or InsufficientExecutionStackException,
            $"{failure}");
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Number_WithManyZeros_IsComparedAtOnce()
    {
        var large = RegoValue.Parse("1" + new string('0', 9_000));
        Assert.True(large > RegoValue.Parse("1" + new string('0', 8_999)));
        Assert.Equal(RegoValue.Parse("1e9000"), large);
        Assert.Equal((RegoValue)0L, RegoValue.Parse("0." + new string('0', 100_000)));
        Assert.Throws<FormatException>(() => RegoNumber.Parse("-"));
        Assert.Throws<FormatException>(() => RegoNumber.Parse(""));
    }

    private static BuiltinContext Context(CancellationToken cancellation) =>
        new(PolicyOptions.Default, "test", () => cancellation);

    private static RegoValue? Call(string name, string operands) =>
        BuiltinTable.Standard.Find(name)!(
            Context(TestContext.Current.CancellationToken), [.. (RegoArray)RegoValue.Parse(operands)]);
}
