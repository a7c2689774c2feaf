using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Galley.Cli.Deploy;

/// <summary>
/// `galley.yaml` beside a template: only what a template cannot say. What to build, which folder is the site and which bucket takes it,
/// which outputs the site needs, what to seed (design D11).
/// </summary>
internal sealed record DeployFile
{
    public required string Folder { get; init; }

    public required string Stack { get; init; }

    public required string Template { get; init; }

    /// <summary>Parameters for every deployment, and those only for a local one.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    public required IReadOnlyDictionary<string, string> LocalParameters { get; init; }

    public required IReadOnlyList<BuildStep> Build { get; init; }

    public SiteStep? Site { get; init; }

    public required IReadOnlyList<SeedStep> Seed { get; init; }

    /// <summary>Label → output: what is printed at the end.</summary>
    public required IReadOnlyDictionary<string, string> Show { get; init; }

    /// <exception cref="CliException">No such file, or one that cannot be read; says where.</exception>
    public static DeployFile Read(string folder)
    {
        folder = Path.GetFullPath(folder);
        var path = Path.Combine(folder, "galley.yaml");
        if (!File.Exists(path)) throw new CliException($"{path} does not exist. `galley deploy DIR` needs a folder with a galley.yaml and a template beside it.");
        try
        {
            var yaml = new YamlStream();
            using (var text = File.OpenText(path)) yaml.Load(text);
            var root = new Section(path, yaml.Documents is [{ RootNode: YamlMappingNode map }, ..] ? map : throw new CliException($"{path} is empty."), "");
            var site = root.Map("site");
            var file = new DeployFile
            {
                Folder = folder,
                Stack = root.Text("stack") ?? throw new CliException($"{path}: `stack:` is missing."),
                Template = Path.Combine(folder, root.Text("template") ?? "template.yaml"),
                Parameters = root.Map("parameters")?.Texts("all") ?? [],
                LocalParameters = root.Map("parameters")?.Texts("local") ?? [],
                Build = [.. root.Maps("build").Select(step => ReadBuild(folder, step))],
                Site = site is null ? null : new SiteStep(Path.Combine(folder, site.Needed("folder")), site.Needed("bucket"), site.Text("distribution"), site.Texts("config")),
                Seed = [.. root.Maps("seed").Select(step => step.Text("file") is { } seed ? new SeedStep(null, Path.Combine(folder, seed)) : new SeedStep(step.Needed("table"), Path.Combine(folder, step.Needed("items"))))],
                Show = root.Texts("show"),
            };
            root.Refuse("stack", "template", "parameters", "build", "site", "seed", "show");
            if (!File.Exists(file.Template)) throw new CliException($"The template {file.Template} does not exist.");
            return file;
        }
        catch (YamlException e)
        {
            throw new CliException($"{path} ({e.Start.Line},{e.Start.Column}): {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new CliException($"{path} is not well-formed YAML.", e); // what the scanner throws at a plain text that it cannot place
        }
    }

    /// <summary>A template alone, without a galley.yaml.</summary>
    public static DeployFile Of(string folder, string template, string stack) => new()
    {
        Folder = folder,
        Stack = stack,
        Template = template,
        Parameters = new Dictionary<string, string>(),
        LocalParameters = new Dictionary<string, string>(),
        Build = [],
        Seed = [],
        Show = new Dictionary<string, string>(),
    };

    private static BuildStep ReadBuild(string folder, Section step)
    {
        var at = Path.GetFullPath(Path.Combine(folder, step.Text("in") ?? "."));
        step.Refuse("in", "run", "watch", "makes", "from");
        return new BuildStep(at, step.Needed("run"), Paths("makes"), Paths("from")) { Other = step.Text("watch") };

        IReadOnlyList<string> Paths(string key) => [.. step.Lines(key).Select(path => Path.GetFullPath(Path.Combine(at, path)))];
    }

    /// <summary>One mapping of the file, asked by key.</summary>
    private sealed class Section(string path, YamlMappingNode node, string at)
    {
        public string? Text(string key) => node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? ((value as YamlScalarNode)?.Value ?? throw Wrong(key)) : null;

        public string Needed(string key) => Text(key) ?? throw new CliException($"{path}: `{key}:` is missing{(at.Length > 0 ? " under " + at : "")}.");

        public Section? Map(string key) => node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? new Section(path, value as YamlMappingNode ?? throw Wrong(key), key) : null;

        public Dictionary<string, string> Texts(string key) => Map(key)?.All() ?? [];

        public IEnumerable<string> Lines(string key)
            => node.Children.TryGetValue(new YamlScalarNode(key), out var value)
                ? value is YamlScalarNode { Value: { } only } ? [only] : (value as YamlSequenceNode ?? throw Wrong(key)).Select(item => (item as YamlScalarNode)?.Value ?? throw Wrong(key))
                : [];

        public IEnumerable<Section> Maps(string key)
            => node.Children.TryGetValue(new YamlScalarNode(key), out var value)
                ? (value as YamlSequenceNode ?? throw Wrong(key)).Select(item => new Section(path, item as YamlMappingNode ?? throw Wrong(key), key))
                : [];

        public void Refuse(params string[] known)
        {
            foreach (var key in node.Children.Keys)
                if (!known.Contains(((YamlScalarNode)key).Value))
                    throw new CliException($"{path}: `{key}:` is not known here. Known: {string.Join(", ", known)}.");
        }

        private Dictionary<string, string> All() => node.Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => (pair.Value as YamlScalarNode)?.Value ?? throw Wrong(pair.Key.ToString()));

        private CliException Wrong(string key) => new($"{path}: `{key}:` has the wrong shape{(at.Length > 0 ? " under " + at : "")}.");
    }
}

/// <param name="Folder">Where the command runs.</param>
/// <param name="Command">One line for the shell.</param>
/// <param name="Makes">The files and folders that it makes: it is left out while nothing that they are made from changes. None: it always runs.</param>
/// <param name="From">Files and folders beside <paramref name="Folder"/> from which they are made, too.</param>
internal sealed record BuildStep(string Folder, string Command, IReadOnlyList<string> Makes, IReadOnlyList<string> From)
{
    /// <summary>A command that makes the same in another way: `watch:` is quick, `run:` is what is deployed. Null for none.</summary>
    public string? Other { get; init; }

    /// <summary>The step as `galley up --watch` runs it.</summary>
    public BuildStep Watched => Other is null ? this : this with { Command = Other, Other = Command };
}

/// <param name="Folder">Built files.</param>
/// <param name="Bucket">Output that names the bucket.</param>
/// <param name="Distribution">Output that names the distribution whose cache is emptied; null for none.</param>
/// <param name="Config">Member of config.json → output it takes.</param>
internal sealed record SiteStep(string Folder, string Bucket, string? Distribution, IReadOnlyDictionary<string, string> Config);

/// <param name="Table">Output that names the table; null for a seed file, which names everything itself.</param>
/// <param name="File">File with a JSON array of plain items, or the seed file.</param>
internal sealed record SeedStep(string? Table, string File);
