using Coffer.Binary;

namespace Coffer.Text;

/// <summary>Parameters and results: <c>(param …)* (result …)*</c> (specification, section 6.4.5).</summary>
internal sealed class SignatureParser(ModuleContext module, TypeParser types)
{
    private readonly TokenReader reader = module.Reader;
    private readonly WasmWriter parameters = new();
    private readonly WasmWriter results = new();
    private readonly WasmWriter encoding = new();

    /// <summary>How many parameters the signature has that was read last.</summary>
    public uint ParameterCount { get; private set; }

    /// <summary>How many results it has.</summary>
    public uint ResultCount { get; private set; }

    /// <summary>Whether it has neither.</summary>
    public bool IsEmpty => ParameterCount == 0 && ResultCount == 0;

    /// <summary>The types of its results.</summary>
    public ReadOnlySpan<byte> Results => results.Written;

    /// <summary>Reads a signature.</summary>
    public void Read(ParameterNames names)
    {
        parameters.Clear();
        results.Clear();
        ParameterCount = 0;
        while (reader.TryOpen("param"u8))
        {
            if (reader.Kind == TokenKind.Identifier && names != ParameterNames.Forbidden)
            {
                ReadNamedParameter(names);
                ParameterCount++;
            }
            else
            {
                for (; reader.Kind != TokenKind.RightParen; ParameterCount++)
                {
                    if (names == ParameterNames.Bound) module.BindLocal();
                    types.WriteValueType(parameters);
                }
            }

            reader.ExpectClose();
        }

        ResultCount = 0;
        while (reader.TryOpen("result"u8))
        {
            for (; reader.Kind != TokenKind.RightParen; ResultCount++) types.WriteValueType(results);
            reader.ExpectClose();
        }

        if (!reader.IsOpen("param"u8) && !reader.IsOpen("type"u8)) return;
        reader.Position++;
        reader.ThrowUnexpected();
    }

    private void ReadNamedParameter(ParameterNames names)
    {
        if (names == ParameterNames.Bound) module.BindLocal();
        else reader.Position++;
        types.WriteValueType(parameters);
    }

    /// <summary>The signature as a function type; valid until the next call.</summary>
    public ReadOnlySpan<byte> Encode()
    {
        encoding.Clear();
        encoding.WriteByte(0x60);
        encoding.WriteUnsigned(ParameterCount);
        encoding.WriteBytes(parameters.Written);
        encoding.WriteUnsigned(ResultCount);
        encoding.WriteBytes(results.Written);
        return encoding.Written;
    }
}

/// <summary>What becomes of the names of parameters.</summary>
internal enum ParameterNames
{
    /// <summary>There must be none.</summary>
    Forbidden,
    /// <summary>They are allowed and mean nothing.</summary>
    Ignored,
    /// <summary>They name locals of the function.</summary>
    Bound,
}
