namespace Coffer.Images;

/// <summary>The tables of metadata that images have (ECMA-335, II.22), by their numbers, which are the first byte of tokens.</summary>
internal enum TableKind : byte
{
    Module = 0x00,
    TypeRef = 0x01,
    TypeDef = 0x02,
    Field = 0x04,
    MethodDef = 0x06,
    Param = 0x08,
    MemberRef = 0x0A,
    CustomAttribute = 0x0C,
    ClassLayout = 0x0F,
    StandAloneSig = 0x11,
    ModuleRef = 0x1A,
    TypeSpec = 0x1B,
    FieldRva = 0x1D,
    Assembly = 0x20,
    AssemblyRef = 0x23,
    MethodSpec = 0x2B,

    /// <summary>The first byte of a token of a string that code loads.</summary>
    UserString = 0x70,

    /// <summary>The first byte of what stands for a token that is not known yet; no table has this number.</summary>
    Symbol = 0x7F,
}

/// <summary>What a column holds, which decides how wide it is (II.24.2.6).</summary>
internal enum ColumnKind : byte
{
    TwoBytes,
    FourBytes,
    String,
    Guid,
    Blob,

    /// <summary>A row of one table, as a token.</summary>
    Row,

    /// <summary>A row of one of several tables, as a token.</summary>
    ResolutionScope,
    TypeDefOrRef,
    MemberRefParent,
    HasCustomAttribute,
    CustomAttributeType,
    MethodDefOrRef,

    /// <summary>Where a method is in the stream of code.</summary>
    CodeOffset,

    /// <summary>Where data of a field is in the mapped data.</summary>
    DataOffset,
}

/// <summary>A column of a table.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Table">For <see cref="ColumnKind.Row"/>, of which table.</param>
internal readonly record struct Column(ColumnKind Kind, TableKind Table = default);

/// <summary>The rows of a table.</summary>
internal sealed class MetadataTable(TableKind kind, params Column[] columns)
{
    // The rest of a token is the number of a row.
    private const int LargestRow = 0xFF_FFFF;

    private uint[] cells = new uint[columns.Length * 4];

    public TableKind Kind => kind;

    public ReadOnlySpan<Column> Columns => columns;

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>The cells, row after row.</summary>
    public ReadOnlySpan<uint> Cells => cells.AsSpan(0, Count * columns.Length);

    /// <summary>The cell of the first row in a column.</summary>
    public ref uint First(int column) => ref cells[column];

    /// <summary>Adds a row; returns its token.</summary>
    public int Add(params ReadOnlySpan<uint> row)
    {
        if (Count == LargestRow) throw new InvalidOperationException($"An image can have no more than {LargestRow} rows of {kind}.");
        var start = Count * columns.Length;
        if (start + columns.Length > cells.Length) Array.Resize(ref cells, cells.Length * 2);
        row.CopyTo(cells.AsSpan(start, columns.Length));
        Count++;
        return Token(kind, Count);
    }

    /// <summary>The token of a row, which counts from 1, or of a place in the heap of strings.</summary>
    public static int Token(TableKind kind, int row) => ((int)kind << 24) | row;
}
