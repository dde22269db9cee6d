using Coffer.Edge.Deployment;
using Coffer.Edge.Deployment.State;

namespace Coffer.Edge.Tests.Deployment;

public class AppRecordTests
{
    private static readonly AppRecord Empty = new() { Name = "shop" };

    [Fact]
    public void Deployed_AgainAndAgain_KeepsWhatCanBeRolledBackTo()
    {
        var app = Empty;
        for (var index = 0; index < 50; index++) app = Deploy(app, $"{index}");
        Assert.Equal(50, app.Stable);
        Assert.Equal(AppRecord.Kept + 1, app.Versions.Count);
        Assert.Equal(49, app.RolledBack(null).Stable);
        Assert.Equal(DeploymentFailure.NotFound, Assert.Throws<DeploymentException>(() => app.RolledBack(3)).Failure);
    }

    [Fact]
    public void RolledBack_DoesNotComeToAVersionThatWasRolledBackFrom()
    {
        var app = Deploy(Deploy(Deploy(Empty, "a"), "b"), "c").RolledBack(null);
        Assert.Equal(2, app.Stable);
        app = Deploy(app, "d");
        Assert.Equal(4, app.Stable);
        Assert.Equal(2, app.RolledBack(null).Stable);
        Assert.Equal(VersionFate.RolledBack, app[3].Fate);
        Assert.Equal(3, app.RolledBack(3).Stable);
    }

    [Fact]
    public void Candidate_IsGivenUp_ByWhateverComesNext()
    {
        var app = Try(Deploy(Empty, "a"), "b", 10);
        Assert.Equal((1, 2, 10), (app.Stable, app.Candidate, app.Weight));
        Assert.Equal(VersionFate.Aborted, Try(app, "c", 20)[2].Fate);
        Assert.Equal((3, null), (Deploy(app, "c").Stable, Deploy(app, "c").Candidate));
        Assert.Equal(VersionFate.Aborted, Deploy(app, "c")[2].Fate);
        Assert.Equal((2, null, VersionFate.Superseded), (app.Promoted().Stable, app.Promoted().Candidate, app.Promoted()[1].Fate));
        Assert.Equal((1, null), (app.WithoutCandidate().Stable, app.WithoutCandidate().Candidate));
    }

    [Fact]
    public void Changes_ThatCannotBeMade_AreRefused()
    {
        Assert.Throws<DeploymentException>(() => Try(Empty, "a", 10));
        var app = Deploy(Empty, "a");
        Assert.Throws<DeploymentException>(() => app.Promoted());
        Assert.Throws<DeploymentException>(() => app.WithoutCandidate());
        Assert.Throws<DeploymentException>(() => app.RolledBack(null));
        Assert.Throws<DeploymentException>(() => app.RolledBack(1));
        Assert.Throws<DeploymentException>(() => Try(app, "b", 101));
        Assert.Throws<DeploymentException>(() => Try(app, "b", -1));
    }

    private static AppRecord Deploy(AppRecord app, string digest) => app.Deployed(digest, "{}", DateTimeOffset.UnixEpoch);

    private static AppRecord Try(AppRecord app, string digest, int weight) => app.Tried(digest, "{}", weight, DateTimeOffset.UnixEpoch);
}
