using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests;

public sealed class CapabilitySetTests
{
    private static readonly DirectoryGrant Data = new("./data", "/data") { Access = DirectoryAccess.Read };

    [Fact]
    public void Empty_AnyRequest_IsDenied()
    {
        Assert.False(Decide(CapabilitySet.Empty, CapabilityKind.Clock, "wall").IsAllowed);
        Assert.False(Decide(CapabilitySet.Empty, CapabilityKind.Random, "random").IsAllowed);
        Assert.False(Decide(CapabilitySet.Empty, CapabilityKind.StandardStream, "stdout").IsAllowed);
        Assert.False(Decide(CapabilitySet.Empty, CapabilityKind.EnvironmentVariable, "HOME").IsAllowed);
    }

    [Fact]
    public void Default_GrantsOnlyWhatIsTheSameInEveryRun()
    {
        Assert.All(CapabilitySet.Default.Grants, grant => Assert.True(
            grant is StreamGrant or ClockGrant { Start: not null } or RandomGrant { Seed: not null }, grant.Rule));
    }

    [Fact]
    public void Decide_NamedResource_IsAllowedByTheGrantOfThatName()
    {
        var clock = new ClockGrant(GuestClock.Monotonic);
        var set = new CapabilitySet(clock);

        Assert.Same(clock, Decide(set, CapabilityKind.Clock, "monotonic").Grant);
        var refused = Decide(set, CapabilityKind.Clock, "wall").Denial!;
        Assert.Equal(DenialReason.NotGranted, refused.Reason);
        Assert.Equal("--clock wall", refused.RemedyOption);
        Assert.Equal("grants.clocks", refused.RemedyManifestPath);
        Assert.Equal([clock], refused.Nearest);
    }

    [Theory]
    [InlineData(DirectoryAccess.Read, true)]
    [InlineData(DirectoryAccess.Write, false)]
    [InlineData(DirectoryAccess.Read | DirectoryAccess.Create, false)]
    [InlineData(DirectoryAccess.Delete, false)]
    [InlineData(DirectoryAccess.Metadata, false)]
    public void Decide_ThroughADirectory_NeedsTheAccess(DirectoryAccess access, bool isAllowed)
    {
        var decision = new CapabilitySet(Data).Decide(Through(Data, access, "file"u8));

        Assert.Equal(isAllowed, decision.IsAllowed);
        if (isAllowed) return;
        Assert.Equal(DenialReason.AccessNotGranted, decision.Denial!.Reason);
        Assert.Equal(Data with { Access = DirectoryAccess.Read | access }, decision.Denial.Remedy);
    }

    [Fact]
    public void Decide_EscapingPath_IsDeniedWithoutARemedy()
    {
        var set = new CapabilitySet(Data);

        var decision = set.Decide(Through(Data, DirectoryAccess.Read, "../secret"u8).Escaping());

        Assert.Equal(DenialReason.OutsideGrant, decision.Denial!.Reason);
        Assert.Null(decision.Denial.RemedyOption);
    }

    [Fact]
    public void Equals_IgnoresOrder_ExceptOfArguments()
    {
        Grant[] grants = [new EnvironmentGrant("A", "1"), new EnvironmentGrant("B", "2"), Data];
        Assert.Equal(new CapabilitySet(grants), new CapabilitySet(grants.Reverse()));
        Assert.Equal(new CapabilitySet(grants).GetHashCode(), new CapabilitySet(grants.Reverse()).GetHashCode());
        Assert.NotEqual(new CapabilitySet(grants), new CapabilitySet(grants[1..]));
        Assert.NotEqual(
            new CapabilitySet(new ArgumentGrant("a"), new ArgumentGrant("b")),
            new CapabilitySet(new ArgumentGrant("b"), new ArgumentGrant("a")));
    }

    [Fact]
    public void Constructor_SameGrantTwice_KeepsOne_ButEveryArgument()
    {
        Assert.Single(new CapabilitySet(Data, Data).Grants);
        Assert.Equal(2, new CapabilitySet(new ArgumentGrant("a"), new ArgumentGrant("a")).Grants.Length);
    }

    [Fact]
    public void Constructor_ContradictoryGrants_NamesBoth()
    {
        var exception = Assert.Throws<ArgumentException>(
            () => new CapabilitySet(new EnvironmentGrant("A", "1"), new EnvironmentGrant("A", "2")));

        Assert.Contains("--env A=1", exception.Message);
        Assert.Contains("--env A=2", exception.Message);
        Assert.Throws<ArgumentException>(() => new CapabilitySet(Data, Data with { Access = DirectoryAccess.All }));
        Assert.Throws<ArgumentException>(() => new CapabilitySet(new RandomGrant(), new RandomGrant { Seed = 1 }));
    }

    [Fact]
    public void Intersect_NeverGivesMoreThanEither()
    {
        var wide = new CapabilitySet(
            Data with { Access = DirectoryAccess.All, MaximumBytes = 10 }, new EnvironmentGrant("A", "1"), new RandomGrant());
        var narrow = new CapabilitySet(
            Data with { Access = DirectoryAccess.Read | DirectoryAccess.Write, MaximumFiles = 3 },
            new EnvironmentGrant("A", "2"),
            new RandomGrant());
        var expected = new CapabilitySet(
            Data with { Access = DirectoryAccess.Read | DirectoryAccess.Write, MaximumBytes = 10, MaximumFiles = 3 },
            new RandomGrant());

        Assert.Equal(expected, wide.Intersect(narrow));
        Assert.Equal(expected, narrow.Intersect(wide));
        Assert.Equal(wide, wide.Intersect(wide));
        Assert.Equal(CapabilitySet.Empty, wide.Intersect(CapabilitySet.Empty));
    }

    private static AccessRequest Through(Grant grant, DirectoryAccess access, ReadOnlySpan<byte> path) => new()
    {
        Kind = CapabilityKind.Directory,
        Operation = "path_open",
        Through = grant,
        Access = access,
        Base = "/data"u8,
        Path = path,
    };

    private static Decision Decide(CapabilitySet set, CapabilityKind kind, string name) =>
        set.Decide(new AccessRequest { Kind = kind, Operation = "test", Name = name });
}
