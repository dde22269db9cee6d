using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>Exceptions of file operations as error numbers.</summary>
internal static class PortableError
{
    public static Errno Try(Action operation)
    {
        try
        {
            operation();
            return Errno.Success;
        }
        catch (Exception exception) when (TryTranslate(exception, out var error))
        {
            return error;
        }
    }

    public static bool TryTranslate(Exception exception, out Errno error)
    {
        error = exception switch
        {
            FileNotFoundException or DirectoryNotFoundException => Errno.NotFound,
            PathTooLongException => Errno.NameTooLong,
            UnauthorizedAccessException => Errno.Access,
            IOException io when (io.HResult & 0xFFFF) is 80 or 183 => Errno.Exists,
            IOException => Errno.Io,
            NotSupportedException => Errno.NotSupported,
            ArgumentException => Errno.Invalid,
            _ => Errno.Success,
        };
        return error != Errno.Success;
    }
}
