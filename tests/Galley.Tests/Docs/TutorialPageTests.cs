using Galley.Tests.Samples;
using Galley.Tests.Server;

namespace Galley.Tests.Docs;

/// <summary>docs/tutorial.md from its first line to its last, by the `aws` CLI and then by the template, and the README's calls of the app that stands then.</summary>
public class TutorialPageTests
{
    private const string Page = "docs/tutorial.md";

    [Fact]
    public async Task The_tutorial_by_hand_runs_as_it_stands_and_then_by_template()
    {
        using var place = new Workplace { Patience = TimeSpan.FromMinutes(8) };
        await Snippets.NeedsAwsCli(place);
        Assert.SkipUnless((await place.Run("python3", "-c", "import boto3")).Code == 0, "needs boto3: pip install boto3");
        CookRecipes.RequireBuilt();
        var lines = Snippets.Script(Page).Split('\n');
        const string begins = "artifacts/galley/galley ", ends = " &";
        Assert.True(lines[0].StartsWith(begins, StringComparison.Ordinal) && lines[0].EndsWith(ends, StringComparison.Ordinal), lines[0]);
        await using var program = await Workplace.Ready(place.Watch([.. lines[0][begins.Length..^ends.Length].Split(' '), "--port", "0"]));
        await Snippets.Shim(place, "artifacts/galley/galley", program);
        Directory.CreateSymbolicLink(Path.Combine(place.Folder, "samples"), Path.Combine(Repository.Root, "samples"));
        var byHand = await Runs(lines.Skip(1));

        Assert.Contains("\"calories\": 895", byHand); // the function's own answer
        Assert.Contains("HTTP/1.1 401 Unauthorized", byHand);
        Assert.Contains("{\"message\":\"Unauthorized\"}", byHand);
        Assert.Equal(3, byHand.Split("Fast Food").Length - 1); // invoked, asked for openly, asked for with a token
        Assert.Equal(2, byHand.Split("<div id=\"root\">").Length - 1); // from the bucket and from the edge
        Assert.EndsWith("CREATE_COMPLETE", byHand.TrimEnd());

        var app = await Runs(Snippets.Commands(Snippets.Of("README.md", "console").ElementAt(1)).Split('\n'));
        Assert.Contains("\"S\": \"Pizza\"", app);
        Assert.Contains("\"StatusCode\": 200", app);

        async Task<string> Runs(IEnumerable<string> commands)
        {
            var script = Snippets.Prelude + string.Join('\n', commands).Replace(":4566", ":" + program.PortText, StringComparison.Ordinal).Replace("/tmp/", place.Scratch + "/", StringComparison.Ordinal);
            var ended = await place.Run("bash", "-c", script);
            Assert.True(ended.Code == 0, $"{script}\n{ended.Out}\n{ended.Error}");
            return ended.Out;
        }
    }
}
