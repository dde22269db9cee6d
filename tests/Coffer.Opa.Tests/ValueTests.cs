using Coffer.Opa.Values;

namespace Coffer.Opa.Tests;

/// <summary>Values: notation, exact numbers, order.</summary>
public sealed class ValueTests
{
    [Theory]
    [InlineData("""{"a":[1,2.50,-3e2,null,true,false,"x"]}""")]
    [InlineData("{1,2,3}")]
    [InlineData("set()")]
    [InlineData("{}")]
    [InlineData("""{[1]:{"s"},null:2}""")]
    [InlineData("123456789012345678901234567890.123456789")]
    [InlineData("\"\\\"\\\\\\n\\u0001é🎉\"")]
    public void Text_IsReadAndWrittenTheSame(string text)
    {
        var value = RegoValue.Parse(text);
        Assert.Equal(value, RegoValue.Parse(value.ToString()));
        if (!text.Contains("null:2", StringComparison.Ordinal)) Assert.Equal(text, value.ToString());
    }

    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("100", "1e2")]
    [InlineData("0", "-0.0")]
    [InlineData("0.1", "1e-1")]
    [InlineData("{1,2}", "{2,1,1}")]
    [InlineData("\"\\ud83c\\udf89\"", "\"🎉\"")]
    public void Values_ThatAreTheSame_AreEqual(string left, string right)
    {
        Assert.Equal(RegoValue.Parse(left), RegoValue.Parse(right));
        Assert.Equal(RegoValue.Parse(left).GetHashCode(), RegoValue.Parse(right).GetHashCode());
    }

    [Fact]
    public void Values_AreOrderedByTypeAndContent()
    {
        string[] ordered =
        [
            "null", "false", "true", "-5", "0.5", "1", "9007199254740993", "1e30", "\"\"", "\"a\"", "\"ab\"", "\"\uFFFD\"",
                "\"\U0001F389\"",
            "[]", "[1]", "[1,2]", "[2]", "{}", """{"a":1}""", """{"a":2}""", """{"b":0}""", "set()", "{1}",
        ];
        var values = ordered.Select(RegoValue.Parse).ToList();
        Assert.Equal(values, Enumerable.Reverse(values).Order());
        Assert.All(values.Zip(values.Skip(1)), pair => Assert.True(pair.First < pair.Second, $"{pair.First} {pair.Second}"));
    }

    [Fact]
    public void Json_HasArraysForSets_AndTextForKeys() =>
        Assert.Equal("""{"[1]":[1,2],"a":[]}""", RegoValue.Parse("""{"a":set(),[1]:{2,1}}""").ToJson().Replace("""{"a":[],"[1]":[1,2]}""", """{"[1]":[1,2],"a":[]}""", StringComparison.Ordinal));

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("1.")]
    [InlineData("{1:}")]
    [InlineData("[1,]")]
    [InlineData("\"\u0001\"")]
    [InlineData("\"\\x\"")]
    [InlineData("\"abc")]
    [InlineData("{} {}")]
    [InlineData("1e999999999")]
    public void Text_ThatIsNoValue_IsRefused(string text) => Assert.Throws<FormatException>(() => RegoValue.Parse(text));

    [Fact]
    public void Nesting_IsBounded() => Assert.Throws<FormatException>(() => RegoValue.Parse(new string('[', 100_000)));
}
