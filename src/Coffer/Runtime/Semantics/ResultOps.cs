using System.Runtime.Intrinsics;

namespace Coffer.Runtime.Semantics;

/// <summary>Results of functions that return more than a value tuple holds.</summary>
internal static class ResultOps
{
    public static void SetI32(FunctionContext context, int index, int value) => context.Results.Values[index] = Value.I32(value);
    public static void SetI64(FunctionContext context, int index, long value) => context.Results.Values[index] = Value.I64(value);
    public static void SetF32(FunctionContext context, int index, float value) => context.Results.Values[index] = Value.F32(value);
    public static void SetF64(FunctionContext context, int index, double value) => context.Results.Values[index] = Value.F64(value);
    public static void SetV128(FunctionContext context, int index, Vector128<byte> value) => context.Results.Values[index] = Value.V128(value);
    public static void SetObject(FunctionContext context, int index, object? value) => context.Results.Values[index] = Value.Reference(value);

    public static int GetI32(FunctionContext context, int index) => context.Results.Values[index].AsI32();
    public static long GetI64(FunctionContext context, int index) => context.Results.Values[index].AsI64();
    public static float GetF32(FunctionContext context, int index) => context.Results.Values[index].AsF32();
    public static double GetF64(FunctionContext context, int index) => context.Results.Values[index].AsF64();
    public static Vector128<byte> GetV128(FunctionContext context, int index) => context.Results.Values[index].AsV128();
    public static object? GetObject(FunctionContext context, int index) => context.Results.Values[index].AsReference();
}
