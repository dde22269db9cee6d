namespace Coffer.Images;

/// <summary>Writes metadata as it is in a file (ECMA-335, II.24.2): the root, the tables, the heaps.</summary>
internal static class MetadataWriter
{
    private const uint Signature = 0x424A_5342;
    private const int LargeHeap = 1 << 16;

    // Twelve bytes with the zeros behind it. All runtimes since have this one.
    private const string RuntimeVersion = "v4.0.30319";
    private const int RuntimeVersionBytes = 12;

    // Which tables the format wants sorted (II.22); those of them that are in use are.
    private const ulong SortedTables = 0x0000_1600_3301_FA00;

    private static readonly TableKind[] Scopes = [TableKind.Module, TableKind.ModuleRef, TableKind.AssemblyRef, TableKind.TypeRef];
    private static readonly TableKind[] TypeDefOrRef = [TableKind.TypeDef, TableKind.TypeRef, TableKind.TypeSpec];
    private static readonly TableKind[] MemberParents = [TableKind.TypeDef, TableKind.TypeRef, TableKind.ModuleRef, TableKind.MethodDef, TableKind.TypeSpec];
    private static readonly TableKind[] MethodDefOrRef = [TableKind.MethodDef, TableKind.MemberRef];

    // What can have attributes, of the tables that images may have.
    private static readonly TableKind[] AttributeOwners =
    [
        TableKind.MethodDef, TableKind.Field, TableKind.TypeRef, TableKind.TypeDef, TableKind.MemberRef, TableKind.Module, TableKind.StandAloneSig,
        TableKind.TypeSpec, TableKind.Assembly, TableKind.AssemblyRef, TableKind.MethodSpec,
    ];

    /// <summary>Writes metadata.</summary>
    /// <param name="metadata">What there is.</param>
    /// <param name="codeAddress">The relative address of the stream of code.</param>
    /// <param name="dataAddress">The relative address of the mapped data.</param>
    public static MetadataBlob Write(MetadataTables metadata, uint codeAddress, uint dataAddress)
    {
        var tables = WriteTables(metadata, codeAddress, dataAddress);
        var identity = new MetadataBlob();
        identity.WriteBytes(metadata.Identity.ToByteArray());
        (string Name, MetadataBlob Content)[] streams =
        [
            ("#~", tables), ("#Strings", metadata.Strings.Content), ("#US", metadata.UserStrings.Content), ("#GUID", identity), ("#Blob", metadata.Blobs.Content),
        ];
        var offset = 16 + RuntimeVersionBytes + 4;
        var total = 0;
        foreach (var (name, content) in streams)
        {
            offset += 8 + Padded(name.Length + 1);
            total = checked(total + Padded(content.Length));
        }

        var root = new MetadataBlob(checked(offset + total));
        root.WriteUInt32(Signature);
        root.WriteUInt16(1);
        root.WriteUInt16(1);
        root.WriteUInt32(0);
        root.WriteUInt32(RuntimeVersionBytes);
        root.WriteUtf8(RuntimeVersion);
        root.WriteUInt16(0);
        root.WriteUInt16(0);
        root.WriteUInt16((ushort)streams.Length);
        foreach (var (name, content) in streams)
        {
            root.WriteUInt32((uint)offset);
            root.WriteUInt32((uint)Padded(content.Length));
            root.WriteUtf8(name);
            root.WriteByte(0);
            root.Align(4);
            offset += Padded(content.Length);
        }

        foreach (var (_, content) in streams)
        {
            root.WriteBytes(content.Written);
            root.Align(4);
        }

        return root;
    }

    private static int Padded(int length) => checked(length + 3) & ~3;

    private static MetadataBlob WriteTables(MetadataTables metadata, uint codeAddress, uint dataAddress)
    {
        var rows = new int[64];
        var (present, cells) = (0ul, 0);
        foreach (var table in metadata.Tables)
        {
            rows[(int)table.Kind] = table.Count;
            if (table.Count > 0) present |= 1ul << (int)table.Kind;
            cells = checked(cells + table.Cells.Length);
        }

        var blob = new MetadataBlob(checked((cells * 4) + 128));
        blob.WriteUInt32(0);
        blob.WriteByte(2);
        blob.WriteByte(0);
        blob.WriteByte((byte)(
            (metadata.Strings.Content.Length >= LargeHeap ? 1 : 0) | (metadata.Blobs.Content.Length >= LargeHeap ? 4 : 0)));
        blob.WriteByte(1);
        blob.WriteUInt32((uint)present);
        blob.WriteUInt32((uint)(present >> 32));
        blob.WriteUInt32(unchecked((uint)SortedTables));
        blob.WriteUInt32((uint)(SortedTables >> 32));
        foreach (var count in rows)
        {
            if (count > 0) blob.WriteUInt32((uint)count);
        }

        foreach (var table in metadata.Tables) WriteRows(blob, metadata, table, rows, codeAddress, dataAddress);
        blob.Align(4);
        return blob;
    }

    private static void WriteRows(MetadataBlob blob, MetadataTables metadata, MetadataTable table, int[] rows, uint codeAddress, uint dataAddress)
    {
        var columns = table.Columns;
        var isWide = new bool[columns.Length];
        for (var i = 0; i < columns.Length; i++) isWide[i] = IsWide(metadata, columns[i], rows);
        var cells = table.Cells;
        for (var i = 0; i < cells.Length; i++)
        {
            var column = i % columns.Length;
            var value = columns[column].Kind switch
            {
                ColumnKind.Row => cells[i] & 0xFF_FFFF,
                ColumnKind.CodeOffset => cells[i] + codeAddress,
                ColumnKind.DataOffset => cells[i] + dataAddress,
                >= ColumnKind.ResolutionScope and <= ColumnKind.MethodDefOrRef => Coded(columns[column].Kind, cells[i]),
                _ => cells[i],
            };
            if (isWide[column]) blob.WriteUInt32(value);
            else blob.WriteUInt16((ushort)value);
        }
    }

    private static bool IsWide(MetadataTables metadata, Column column, int[] rows)
    {
        switch (column.Kind)
        {
            case ColumnKind.TwoBytes or ColumnKind.Guid:
                return false;
            case ColumnKind.FourBytes or ColumnKind.CodeOffset or ColumnKind.DataOffset:
                return true;
            case ColumnKind.String:
                return metadata.Strings.Content.Length >= LargeHeap;
            case ColumnKind.Blob:
                return metadata.Blobs.Content.Length >= LargeHeap;
            case ColumnKind.Row:
                return rows[(int)column.Table] >= 1 << 16;
            default:
                // Two bytes do when the number of each table's last row leaves room for the bits that tell the table.
                foreach (var table in TablesOf(column.Kind))
                {
                    if (rows[(int)table] >= 1 << (16 - TagBits(column.Kind))) return true;
                }

                return false;
        }
    }

    private static int TagBits(ColumnKind kind) => kind switch
    {
        ColumnKind.MethodDefOrRef => 1,
        ColumnKind.ResolutionScope or ColumnKind.TypeDefOrRef => 2,
        ColumnKind.MemberRefParent or ColumnKind.CustomAttributeType => 3,
        _ => 5,
    };

    private static TableKind[] TablesOf(ColumnKind kind) => kind switch
    {
        ColumnKind.ResolutionScope => Scopes,
        ColumnKind.TypeDefOrRef => TypeDefOrRef,
        ColumnKind.MemberRefParent => MemberParents,
        ColumnKind.HasCustomAttribute => AttributeOwners,
        _ => MethodDefOrRef,
    };

    /// <summary>A token as a column for several tables has it: the row, and behind it the bits that tell the table (II.24.2.6).</summary>
    private static uint Coded(ColumnKind kind, uint token)
    {
        if (token == 0) return 0;
        var (row, table) = (token & 0xFF_FFFF, (TableKind)(token >> 24));
        uint tag = (kind, table) switch
        {
            (ColumnKind.ResolutionScope, TableKind.AssemblyRef) => 2,
            (ColumnKind.ResolutionScope, TableKind.TypeRef) => 3,
            (ColumnKind.TypeDefOrRef, _) => TypeTag(table),
            (ColumnKind.MemberRefParent, TableKind.TypeDef) => 0,
            (ColumnKind.MemberRefParent, TableKind.TypeRef) => 1,
            (ColumnKind.MemberRefParent, TableKind.TypeSpec) => 4,
            (ColumnKind.MethodDefOrRef, TableKind.MethodDef) => 0,
            (ColumnKind.MethodDefOrRef, TableKind.MemberRef) => 1,
            (ColumnKind.CustomAttributeType, TableKind.MethodDef) => 2,
            (ColumnKind.CustomAttributeType, TableKind.MemberRef) => 3,
            (ColumnKind.HasCustomAttribute, TableKind.Assembly) => 14,
            _ => throw new InvalidOperationException($"{kind} cannot be token {token:x8}."),
        };
        return (row << TagBits(kind)) | tag;
    }

    /// <summary>A type as signatures have it (II.23.2.8): a token with its row first.</summary>
    public static int CodedType(int token) => (int)Coded(ColumnKind.TypeDefOrRef, (uint)token);

    private static uint TypeTag(TableKind table) => table switch
    {
        TableKind.TypeDef => 0,
        TableKind.TypeRef => 1,
        TableKind.TypeSpec => 2,
        _ => throw new InvalidOperationException($"A row of {table} is no type."),
    };
}
