using Coffer.Images;

namespace Coffer.Compilation;

/// <summary>The rows of the metadata's tables from which on something is free.</summary>
internal readonly record struct ImageRows(int Type, int Field, int Method);

/// <summary>
/// What an image has besides the code of a module, when it is made part of a program: types that come after those of
/// the code, and their methods.
/// </summary>
internal abstract class ImageAddition
{
    /// <summary>The token of the method that a program starts with; 0 for an image that is used by another.</summary>
    public int EntryPoint { get; protected set; }

    /// <summary>The data that fields stand for; null for none.</summary>
    public MetadataBlob? MappedData { get; protected set; }

    /// <summary>Adds the types and their fields, from <see cref="ImageBuilder.NextRows"/> on, and writes the bodies of their methods.</summary>
    /// <param name="image">The image.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="bodies">Takes the bodies.</param>
    public abstract void AddTypes(ImageBuilder image, MetadataTables metadata, MethodBodies bodies);

    /// <summary>Adds the rows of the methods, after those of the code.</summary>
    public abstract void AddMethods(MetadataTables metadata);
}
