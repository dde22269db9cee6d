namespace Coffer.Cli;

/// <summary>
/// What the process returns besides the guest's own code. From 64 to 78 they are those of sysexits.h where it has a
/// meaning that fits; from 128 on those that a shell gives for a signal.
/// </summary>
internal static class ExitCode
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>The command did its work and the answer is no: a script failed, a module is not valid.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The input is not a valid module.</summary>
    public const int InvalidModule = 65;

    /// <summary>An import is missing or does not match.</summary>
    public const int Link = 69;

    /// <summary>A bug of this program.</summary>
    public const int Bug = 70;

    /// <summary>A decision could not be recorded, and recording is strict.</summary>
    public const int Audit = 73;

    /// <summary>A file or stream of the host failed.</summary>
    public const int InputOutput = 74;

    /// <summary>Fuel, time, stack, memory or a limit on modules was used up.</summary>
    public const int Exhausted = 75;

    /// <summary>The guest threw an exception that nothing caught.</summary>
    public const int UncaughtException = 76;

    /// <summary>Interrupted by the person, as a shell reports SIGINT.</summary>
    public const int Cancelled = 130;

    /// <summary>The guest trapped, as a shell reports an abort.</summary>
    public const int Trap = 134;

    /// <summary>The table for help texts.</summary>
    public const string Table =
        """
        Exit codes:
            0  success           2  wrong command line   65  module malformed or invalid
            1  the answer is no 69  import missing or of another type
           70  bug of coffer    73  the audit trail could not be kept
           74  a file of the host failed
           75  fuel, time, stack or memory exhausted
           76  exception that the guest did not catch
          130  cancelled       134  trap
        A guest that ends by itself gives its own code.
        """;
}
