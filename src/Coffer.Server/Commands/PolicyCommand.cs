using System.CommandLine;

namespace Coffer.Server.Commands;

/// <summary><c>coffer policy</c>: policies of Open Policy Agent that were compiled to WebAssembly.</summary>
internal static class PolicyCommand
{
    public static Command Create() =>
        new("policy", "Serve, evaluate, test and measure policies of Open Policy Agent (opa build -t wasm).")
    {
        PolicyServeCommand.Create(),
        PolicyEvalCommand.Create(),
        PolicyTestCommand.Create(),
        PolicyBenchCommand.Create(),
    };
}
