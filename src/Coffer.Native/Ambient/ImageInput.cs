namespace Coffer.Native.Ambient;

/// <summary>A CIL image that a compiler of the platform takes.</summary>
/// <param name="Name">The simple name of the assembly.</param>
/// <param name="Image">Its bytes.</param>
internal readonly record struct ImageInput(string Name, byte[] Image)
{
    /// <summary>Writes it into a folder; returns its path.</summary>
    public string WriteTo(ToolFolder folder) => folder.Write(Name + ".dll", Image);
}
