using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Text;

/// <summary>
/// Sequences of instructions, flat and folded (specification, section 6.5). Nesting is kept in a list of frames, so its
/// depth is bounded by memory only.
/// </summary>
internal sealed class InstructionParser
{
    private readonly ModuleContext module;
    private readonly TokenReader reader;
    private readonly ImmediateParser immediates;
    private readonly BlockHeaderParser headers;
    private readonly LabelScope labels = new();
    private readonly List<InstructionFrame> frames = [];

    // The operands of a folded instruction come before it; until then its bytes wait here.
    private readonly WasmWriter pending = new();
    private WasmWriter output = null!;
    private uint labelCount;

    public InstructionParser(ModuleContext module, TypeParser types, TypeUseParser typeUses)
    {
        this.module = module;
        reader = module.Reader;
        immediates = new ImmediateParser(module, types, typeUses, labels);
        headers = new BlockHeaderParser(module, typeUses, immediates);
    }

    /// <summary>The branch hints of the function being parsed: offset in its body, and whether it is likely.</summary>
    public List<(int Offset, int Hint)> Hints { get; } = [];

    /// <summary>Parses instructions up to the right parenthesis that ends them, and adds <c>end</c>.</summary>
    public void ParseExpression(WasmWriter output)
    {
        Begin(output);
        while (reader.Kind != TokenKind.RightParen || frames.Count > 0) Step();
        output.WriteByte((byte)Opcode.End);
    }

    /// <summary>Parses one folded instruction, and adds <c>end</c>.</summary>
    public void ParseFoldedExpression(WasmWriter output)
    {
        Begin(output);
        if (reader.Kind != TokenKind.LeftParen) reader.ThrowUnexpected();
        do Step();
        while (frames.Count > 0);
        output.WriteByte((byte)Opcode.End);
    }

    private void Begin(WasmWriter output)
    {
        this.output = output;
        pending.Clear();
        frames.Clear();
        labels.Clear();
        Hints.Clear();
        labelCount = 0;
    }

    private void Step()
    {
        switch (reader.Kind)
        {
            case TokenKind.LeftParen: OpenGroup(); break;
            case TokenKind.RightParen: CloseGroup(); break;
            case TokenKind.Keyword: ParseFlat(); break;
            default: reader.ThrowUnexpected(); break;
        }
    }

    private FrameKind Top => frames.Count == 0 ? FrameKind.Block : frames[^1].Kind;

    private void SetTop(FrameKind kind) => frames[^1] = frames[^1] with { Kind = kind };

    private OpcodeInfo ReadInstruction()
    {
        var info = reader.Kind == TokenKind.Keyword ? Keywords.FindInstruction(reader.Text) : null;
        if (info is null) reader.ThrowUnexpected();
        if ((info!.Feature & ~module.Features) != 0)
        {
            var reason = $"it needs the feature {info.Feature}, which is switched off";
            reader.Throw(reader.Position, $"unknown operator {info.Mnemonic}: {reason}");
        }

        reader.Position++;
        return info;
    }

    // ---- Flat instructions ----

    private void ParseFlat()
    {
        if (Top > FrameKind.FoldedPart) reader.ThrowUnexpected();
        var hint = ClaimHint();
        var position = reader.Position;
        var info = ReadInstruction();
        CheckHint(hint, info, position);
        switch (info.Opcode)
        {
            case Opcode.Block or Opcode.Loop or Opcode.TryTable:
                OpenFlat(info, FrameKind.Block);
                break;
            case Opcode.If:
                NoteHint(hint);
                OpenFlat(info, FrameKind.If);
                break;
            case Opcode.Try:
                OpenFlat(info, FrameKind.Try);
                break;
            case Opcode.Else or Opcode.Catch or Opcode.CatchAll or Opcode.Delegate or Opcode.End:
                ContinueFlat(info, position);
                break;
            default:
                NoteHint(hint);
                immediates.Write(info, output);
                break;
        }
    }

    private void OpenFlat(OpcodeInfo info, FrameKind kind)
    {
        var label = module.ReadOptionalIdentifier();
        headers.Write(info, output);
        PushLabel(label);
        frames.Add(new InstructionFrame(kind));
    }

    private void ContinueFlat(OpcodeInfo info, int position)
    {
        var top = frames.Count == 0 ? FrameKind.FoldedPart : Top;
        var next = (info.Opcode, top) switch
        {
            (Opcode.Else, FrameKind.If) => FrameKind.Else,
            (Opcode.Catch, FrameKind.Try or FrameKind.Catch) => FrameKind.Catch,
            (Opcode.CatchAll, FrameKind.Try or FrameKind.Catch) => FrameKind.CatchAll,
            (Opcode.Delegate, FrameKind.Try) => FrameKind.FoldedDelegate,
            (Opcode.End, <= FrameKind.CatchAll) => FrameKind.FoldedEnd,
            _ => FrameKind.FoldedPart,
        };
        if (next == FrameKind.FoldedPart)
        {
            reader.Position = position;
            reader.ThrowUnexpected();
        }

        if (info.Opcode is Opcode.Else or Opcode.End) CheckLabel();
        if (info.Opcode is Opcode.Delegate or Opcode.End)
        {
            labels.Pop();
            frames.RemoveAt(frames.Count - 1);
        }
        else
        {
            SetTop(next);
        }

        immediates.Write(info, output);
    }

    // The label after "else" or "end" repeats that of the block.
    private void CheckLabel()
    {
        var position = reader.Position;
        var label = module.ReadOptionalIdentifier();
        if (label != SymbolTable.None && label != labels.Innermost) reader.Throw(position, "mismatching label");
    }

    // ---- Folded instructions ----

    private void OpenGroup()
    {
        switch (Top)
        {
            case FrameKind.FoldedCondition when reader.TryOpen("then"u8):
                BeginThen();
                break;
            case FrameKind.FoldedThen:
                reader.ExpectOpen("else"u8);
                output.WriteByte((byte)Opcode.Else);
                OpenPart(FrameKind.FoldedEnd);
                break;
            case FrameKind.FoldedTry:
                reader.ExpectOpen("do"u8);
                OpenPart(FrameKind.FoldedDo);
                break;
            case FrameKind.FoldedDo or FrameKind.FoldedCatch:
                OpenHandler();
                break;
            case FrameKind.FoldedEnd or FrameKind.FoldedDelegate:
                reader.ThrowUnexpected();
                break;
            default:
                OpenInstruction();
                break;
        }
    }

    private void OpenInstruction()
    {
        var hint = ClaimHint();
        var position = reader.Position++;
        var info = ReadInstruction();
        CheckHint(hint, info, position);
        switch (info.Opcode)
        {
            case Opcode.Block or Opcode.Loop or Opcode.TryTable or Opcode.Try:
                var label = module.ReadOptionalIdentifier();
                headers.Write(info, output);
                PushLabel(label);
                var kind = info.Opcode == Opcode.Try ? FrameKind.FoldedTry : FrameKind.FoldedBlock;
                frames.Add(new InstructionFrame(kind));
                break;
            case Opcode.If:
                var start = pending.Length;
                var symbol = module.ReadOptionalIdentifier();
                headers.Write(info, pending);
                frames.Add(new InstructionFrame(FrameKind.FoldedCondition, start, symbol, hint));
                break;
            case Opcode.Else or Opcode.Catch or Opcode.CatchAll or Opcode.Delegate or Opcode.End:
                reader.Position = position + 1;
                reader.ThrowUnexpected();
                break;
            default:
                frames.Add(new InstructionFrame(FrameKind.FoldedPlain, pending.Length, SymbolTable.None, hint));
                immediates.Write(info, pending);
                break;
        }
    }

    private void BeginThen()
    {
        var frame = frames[^1];
        WritePending(frame);
        PushLabel(frame.Label);
        OpenPart(FrameKind.FoldedThen);
    }

    // What comes after the part is the state of the frame below it.
    private void OpenPart(FrameKind next)
    {
        SetTop(next);
        frames.Add(new InstructionFrame(FrameKind.FoldedPart));
    }

    private void OpenHandler()
    {
        reader.Expect(TokenKind.LeftParen);
        var position = reader.Position;
        var info = ReadInstruction();
        switch (info.Opcode)
        {
            case Opcode.Catch:
                immediates.Write(info, output);
                OpenPart(FrameKind.FoldedCatch);
                break;
            case Opcode.CatchAll:
                immediates.Write(info, output);
                OpenPart(FrameKind.FoldedEnd);
                break;
            case Opcode.Delegate when Top == FrameKind.FoldedDo:
                // The label is looked up outside the try.
                labels.Pop();
                immediates.Write(info, output);
                reader.ExpectClose();
                SetTop(FrameKind.FoldedDelegate);
                break;
            default:
                reader.Position = position;
                reader.ThrowUnexpected();
                break;
        }
    }

    private void CloseGroup()
    {
        var frame = frames[^1];
        switch (frame.Kind)
        {
            case FrameKind.FoldedPlain:
                WritePending(frame);
                break;
            case FrameKind.FoldedPart or FrameKind.FoldedDelegate:
                break;
            case FrameKind.FoldedBlock or FrameKind.FoldedThen or FrameKind.FoldedDo or FrameKind.FoldedCatch
                or FrameKind.FoldedEnd:
                labels.Pop();
                output.WriteByte((byte)Opcode.End);
                break;
            default:
                reader.ThrowUnexpected();
                break;
        }

        frames.RemoveAt(frames.Count - 1);
        reader.Position++;
    }

    private void WritePending(InstructionFrame frame)
    {
        NoteHint(frame.Hint);
        output.WriteBytes(pending.Written[frame.Pending..]);
        pending.Truncate(frame.Pending);
    }

    private void PushLabel(int symbol)
    {
        if (symbol != SymbolTable.None)
        {
            module.Names.Add(NameKind.Label, labelCount, module.Symbols.Name(symbol), null, module.CurrentFunction);
        }

        labelCount++;
        labels.Push(symbol);
    }

    // ---- Branch hints ----

    private int ClaimHint() => module.Annotations.IsEmpty ? -1 : module.Annotations.ClaimHint(reader.Position);

    private void CheckHint(int hint, OpcodeInfo info, int position)
    {
        if (hint < 0 || info.Opcode is Opcode.If or Opcode.BrIf) return;
        throw new InvalidException(
            "@metadata.code.branch_hint annotation: invalid target: "
            + $"{info.Mnemonic} in line {reader.Tokens.Source.LineOf(reader.Tokens[position].Start)}", 0);
    }

    private void NoteHint(int hint)
    {
        if (hint >= 0) Hints.Add((output.Length, hint));
    }
}
