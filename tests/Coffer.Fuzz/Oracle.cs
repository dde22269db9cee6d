using System.Diagnostics;

namespace Coffer.Fuzz;

/// <summary>V8 in a child process that lives as long as the fuzzing: a module a line in, its outcome a line out.</summary>
internal sealed class Oracle : IDisposable
{
    private const string Script = """
        const lines = require('readline').createInterface({ input: process.stdin });
        lines.on('line', line => {
          let instance;
          try { instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(line, 'base64'))); }
          catch (error) { console.log('refused ' + error.message.replace(/\n/g, ' ')); return; }
          let outcome;
          try { outcome = 'returned ' + instance.exports.run(7, -9n, 1.5, -2.5); }
          catch (error) { outcome = 'trapped'; }
          let hash = 0x811c9dc5;
          for (const byte of new Uint8Array(instance.exports.memory.buffer)) hash = Math.imul(hash ^ byte, 0x01000193);
          console.log(outcome + ' ' + (hash >>> 0));
        });
        """;

    private readonly Process process;

    private Oracle(Process process) => this.process = process;

    /// <summary>Starts it; null when there is no node.</summary>
    public static Oracle? TryStart()
    {
        try
        {
            var process = Process.Start(new ProcessStartInfo("node", ["-e", Script])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            });
            return process is null ? null : new Oracle(process);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>What the module does there.</summary>
    public string Run(byte[] module)
    {
        process.StandardInput.WriteLine(Convert.ToBase64String(module));
        process.StandardInput.Flush();
        return process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("node has ended");
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
