using System.Text.Json.Nodes;
using Galley.Cli.Deploy;
using Galley.Tests.Server;

namespace Galley.Tests.Docs;

/// <summary>The sample's web README: its commands build the site, and the configuration that it shows is the one that a deployment writes.</summary>
public class SamplePagesTests
{
    private const string Page = "samples/cook-recipes/web/README.md";

    [Fact]
    public void The_configuration_is_what_galley_yaml_has_the_deployment_write()
    {
        var shown = JsonNode.Parse(Assert.Single(Snippets.Of(Page, "json")))!.AsObject();
        var site = DeployFile.Read(Path.Combine(Repository.Root, "samples", "cook-recipes")).Site!;
        Assert.Equal(site.Config.Keys.Order(StringComparer.Ordinal), shown.Select(field => field.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_site_is_built_by_its_commands_into_what_the_page_lists()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the snippets are for a Unix shell");
        Assert.SkipUnless(Directory.Exists(Path.Combine(Repository.Root, "samples", "cook-recipes", "web", "node_modules")), "./test installs what the site is built from");
        using var place = new Workplace { Patience = TimeSpan.FromMinutes(5) };
        var commands = Snippets.Commands(Assert.Single(Snippets.Of(Page, "console"))).Replace("npm ci", "ln -s \"$ORIGINAL/node_modules\" node_modules", StringComparison.Ordinal);
        place.Variables["ORIGINAL"] = Path.Combine(Repository.Root, "samples", "cook-recipes", "web");
        var ended = await place.Run("bash", "-c", "set -eu\ncp -r \"$ORIGINAL\"/[!n]* .\n" + commands + "ls dist dist/assets\n");
        Assert.True(ended.Code == 0, ended.Out + ended.Error);
        Assert.All((string[])["index.html", "favicon.svg", "robots.txt", "assets"], name => Assert.Contains(name, ended.Out));
    }
}
