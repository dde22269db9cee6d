namespace Coffer.EscapeTests;

/// <summary>A way out that a guest tries.</summary>
/// <param name="Name">Its name, by which <c>docs/security.md</c> names it too.</param>
/// <param name="Attempt">Tries it; fails when it succeeds, or is not told as it should be.</param>
internal sealed record EscapeCase(string Name, Action<Scene> Attempt);
