using System.Collections.Immutable;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>The constants and result patterns of scripts.</summary>
internal sealed class WastValueParser(TokenReader reader)
{
    private const int MaxEitherDepth = 16;

    private static readonly (string Word, WastReferenceKind Kind)[] References =
    [
        ("ref.func", WastReferenceKind.Func), ("ref.extern", WastReferenceKind.Extern),
        ("ref.host", WastReferenceKind.Host), ("ref.any", WastReferenceKind.Any), ("ref.eq", WastReferenceKind.Eq),
        ("ref.i31", WastReferenceKind.I31), ("ref.struct", WastReferenceKind.Struct),
        ("ref.array", WastReferenceKind.Array), ("ref.exn", WastReferenceKind.Exn),
    ];

    private readonly ConstantParser constants = new(reader);

    /// <summary>The arguments of an invocation.</summary>
    public ImmutableArray<WastValue> ParseValues()
    {
        var values = ImmutableArray.CreateBuilder<WastValue>();
        while (reader.Kind == TokenKind.LeftParen) values.Add(ParseValue());
        return values.DrainToImmutable();
    }

    /// <summary>The expected results of an invocation.</summary>
    public ImmutableArray<WastPattern> ParsePatterns() => ParsePatterns(0);

    private ImmutableArray<WastPattern> ParsePatterns(int depth)
    {
        var patterns = ImmutableArray.CreateBuilder<WastPattern>();
        while (reader.Kind == TokenKind.LeftParen) patterns.Add(ParsePattern(depth));
        return patterns.DrainToImmutable();
    }

    private WastValue ParseValue()
    {
        var position = reader.Position;
        switch (ParsePattern(0))
        {
            case ConstantPattern constant:
                return constant.Value;
            case NullPattern { Heap: { } heap }:
                return new WastValue(WastValueKind.RefNull, 0, 0, heap);
            case ReferencePattern { Kind: WastReferenceKind.Extern, Number: { } number }:
                return new WastValue(WastValueKind.RefExtern, number);
            case ReferencePattern { Kind: WastReferenceKind.Host, Number: { } number }:
                return new WastValue(WastValueKind.RefHost, number);
            default:
                throw reader.Tokens.Source.Error(reader.Tokens[position].Start, "unexpected token: not a constant");
        }
    }

    private WastPattern ParsePattern(int depth)
    {
        reader.Expect(TokenKind.LeftParen);
        WastPattern pattern;
        if (reader.TryKeyword("i32.const"u8)) pattern = Constant(WastValueKind.I32, constants.ReadInteger(32));
        else if (reader.TryKeyword("i64.const"u8)) pattern = Constant(WastValueKind.I64, constants.ReadInteger(64));
        else if (reader.TryKeyword("f32.const"u8)) pattern = ParseFloat(WastValueKind.F32, 32);
        else if (reader.TryKeyword("f64.const"u8)) pattern = ParseFloat(WastValueKind.F64, 64);
        else if (reader.TryKeyword("v128.const"u8)) pattern = ParseVector();
        else if (reader.TryKeyword("ref.null"u8)) pattern = new NullPattern(ReadOptionalHeapType());
        else if (reader.TryKeyword("either"u8)) pattern = ParseEither(depth);
        else pattern = ParseReference();
        reader.ExpectClose();
        return pattern;
    }

    private static ConstantPattern Constant(WastValueKind kind, ulong low, ulong high = 0) =>
        new(new WastValue(kind, low, high));

    private WastPattern ParseFloat(WastValueKind kind, int bits)
    {
        var nan = TryReadNanClass();
        return nan == NanClass.None ? Constant(kind, constants.ReadFloat(bits)) : new NanPattern(kind, nan);
    }

    private WastPattern ParseVector()
    {
        var shape = reader.Position;
        var (bits, isFloat) = constants.ReadShape();
        var lanes = new FloatLane[128 / bits];
        var hasNan = false;
        for (var i = 0; isFloat && i < lanes.Length; i++)
        {
            if (reader.Kind == TokenKind.RightParen) constants.ThrowLaneCount();
            var nan = TryReadNanClass();
            hasNan |= nan != NanClass.None;
            lanes[i] = new FloatLane(nan == NanClass.None ? constants.ReadFloat(bits) : 0, nan);
        }

        if (hasNan) return new FloatLanesPattern([.. lanes]);
        reader.Position = shape;
        var value = constants.ReadVector();
        return Constant(WastValueKind.V128, (ulong)value, (ulong)(value >> 64));
    }

    private NanClass TryReadNanClass() =>
        reader.TryKeyword("nan:canonical"u8) ? NanClass.Canonical
        : reader.TryKeyword("nan:arithmetic"u8) ? NanClass.Arithmetic
        : NanClass.None;

    private HeapKind? ReadOptionalHeapType()
    {
        if (reader.Kind == TokenKind.RightParen) return null;
        var kind = HeapKind.Concrete;
        var isAbstract = reader.Kind == TokenKind.Keyword && Keywords.TryFindHeapType(reader.Text, out kind);
        if (!isAbstract && !ModuleContext.IsIndex(reader.Kind)) reader.ThrowUnexpected();
        reader.Position++;
        return kind;
    }

    private EitherPattern ParseEither(int depth)
    {
        if (depth >= MaxEitherDepth) reader.Throw(reader.Position, "too many nested alternatives");
        return new EitherPattern(ParsePatterns(depth + 1));
    }

    private ReferencePattern ParseReference()
    {
        foreach (var (word, kind) in References)
        {
            if (!reader.TryKeyword(System.Text.Encoding.ASCII.GetBytes(word))) continue;
            ulong? number = reader.Kind == TokenKind.Natural ? reader.ReadNatural(64) : null;
            return new ReferencePattern(kind, number);
        }

        reader.ThrowUnexpected();
        return null!;
    }
}
