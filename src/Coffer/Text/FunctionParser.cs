using System.Runtime.InteropServices;
using Coffer.Binary;

namespace Coffer.Text;

/// <summary>Functions: types with named parameters, locals, bodies (specification, section 6.6.4).</summary>
internal sealed class FunctionParser(
    ModuleContext module, TypeParser types, TypeUseParser typeUses, InstructionParser instructions)
{
    private readonly TokenReader reader = module.Reader;
    private readonly WasmWriter body = new();
    private readonly WasmWriter localType = new();
    private readonly WasmWriter runs = new();
    private readonly List<byte> lastType = [];
    private readonly WasmWriter hints = new();
    private uint runCount;
    private uint runLength;
    private uint hintedFunctions;

    /// <summary>The type of an imported function.</summary>
    public void WriteImportedType(WasmWriter entry, uint index)
    {
        module.Locals.Clear();
        module.CurrentFunction = index;
        entry.WriteUnsigned(typeUses.Read(ParameterNames.Bound));
    }

    /// <summary>A function from its type use on.</summary>
    public void ParseDefinition(uint index)
    {
        module.Locals.Clear();
        module.CurrentFunction = index;
        module.Sections.Functions.Add().WriteUnsigned(typeUses.Read(ParameterNames.Bound));
        ParseLocals();
        body.Clear();
        body.WriteUnsigned(runCount);
        body.WriteBytes(runs.Written);
        instructions.ParseExpression(body);
        module.Sections.Code.Add().WriteSized(body.Written);
        if (instructions.Hints.Count > 0) WriteHints(index);
    }

    /// <summary>The content of the branch hint section; null when there are no hints.</summary>
    public byte[]? EncodeHints()
    {
        if (hintedFunctions == 0) return null;
        var content = new WasmWriter();
        content.WriteUnsigned(hintedFunctions);
        content.WriteBytes(hints.Written);
        return content.ToArray();
    }

    private void ParseLocals()
    {
        runs.Clear();
        runCount = 0;
        runLength = 0;
        lastType.Clear();
        while (reader.TryOpen("local"u8))
        {
            if (reader.Kind == TokenKind.Identifier)
            {
                ParseLocal();
            }
            else
            {
                while (reader.Kind != TokenKind.RightParen) ParseLocal();
            }

            reader.ExpectClose();
        }

        FlushRun();
    }

    // Neighbours of the same type share a declaration (section 5.5.13).
    private void ParseLocal()
    {
        module.BindLocal();
        localType.Clear();
        types.WriteValueType(localType);
        if (runLength == 0 || !localType.Written.SequenceEqual(CollectionsMarshal.AsSpan(lastType)))
        {
            FlushRun();
            lastType.Clear();
            lastType.AddRange(localType.Written);
        }

        runLength++;
    }

    private void FlushRun()
    {
        if (runLength == 0) return;
        runCount++;
        runs.WriteUnsigned(runLength);
        runs.WriteBytes(CollectionsMarshal.AsSpan(lastType));
        runLength = 0;
    }

    private void WriteHints(uint function)
    {
        hintedFunctions++;
        hints.WriteUnsigned(function);
        hints.WriteUnsigned((ulong)instructions.Hints.Count);
        foreach (var (offset, hint) in instructions.Hints)
        {
            hints.WriteUnsigned((ulong)offset);
            hints.WriteUnsigned(1);
            hints.WriteByte((byte)hint);
        }
    }
}
