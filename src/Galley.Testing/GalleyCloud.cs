using Galley.Cli;
using Galley.Cli.Deploy;
using Galley.Cognito.SignIn;

namespace Galley.Testing;

/// <summary>
/// A cloud of its own inside the test's process: everything that Galley has, in memory, on a free port, under a clock that the test moves.
/// Any number of them live side by side.
/// </summary>
/// <example><code>
/// await using var cloud = await GalleyCloud.StartAsync();
/// var app = await cloud.DeployAsync("../my-app");
/// var ann = await app.SignInAsync("ann");
/// using var api = app.CreateClient("ApiUrl", ann);
/// Assert.Equal("[]", await api.GetStringAsync("recipes"));
/// </code></example>
public sealed class GalleyCloud : IAsyncDisposable
{
    private const int KeysAhead = 4, PasswordRounds = 1000;
    private static readonly TimeSpan TrailPatience = TimeSpan.FromSeconds(1);
    private static readonly DateTimeOffset SeededStart = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly GalleyCloudOptions _options;
    private readonly List<DeployedApp> _apps = [];

    private GalleyCloud(GalleyCloudOptions options, GalleyServer server, CloudClock clock, CloudFaults faults)
    {
        (_options, Server, Clock, Faults) = (options, server, clock, faults);
        Mail = new CloudMail(server);
        Http = new CloudHttp(server);
        Aws = AwsClient.Local(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);
    }

    /// <summary>Where AWS clients send their calls: `http://127.0.0.1:40123`; the `ServiceURL` of .NET's.</summary>
    public Uri Endpoint => Server.Endpoint;

    /// <summary>The region that clients name; the `AuthenticationRegion` of .NET's.</summary>
    public string Region => Server.Region;

    /// <summary>The account's number.</summary>
    public string Account => Server.Account;

    /// <summary>Access key of the account's root.</summary>
    public string AccessKeyId => Server.AccessKeyId;

    /// <summary>Secret of <see cref="AccessKeyId"/>.</summary>
    public string SecretAccessKey => Server.SecretAccessKey;

    /// <summary>PEM of the authority behind the cloud's certificates, for clients that are not made by <see cref="CreateClient"/>.</summary>
    public string AuthorityPem => Server.AuthorityPem;

    /// <summary>The cloud's time.</summary>
    public CloudClock Clock { get; }

    /// <summary>What it mails and texts.</summary>
    public CloudMail Mail { get; }

    /// <summary>Failures on request.</summary>
    public CloudFaults Faults { get; }

    /// <summary>The app that was deployed, where there is one.</summary>
    /// <exception cref="InvalidOperationException">There is none, or there are several.</exception>
    public DeployedApp App => _apps is [var app] ? app : throw new InvalidOperationException(_apps.Count == 0 ? "Nothing has been deployed to this cloud." : $"Several apps have been deployed: {string.Join(", ", _apps.Select(one => one.Name))}. Ask Apps for one.");

    /// <summary>The apps that were deployed.</summary>
    public IReadOnlyList<DeployedApp> Apps => _apps;

    /// <summary>The variables that AWS's SDKs and command line read, for processes that a test starts.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["AWS_ENDPOINT_URL"] = Endpoint.ToString().TrimEnd('/'),
        ["AWS_REGION"] = Region,
        ["AWS_DEFAULT_REGION"] = Region,
        ["AWS_ACCESS_KEY_ID"] = AccessKeyId,
        ["AWS_SECRET_ACCESS_KEY"] = SecretAccessKey,
    };

    /// <summary>The same for `IConfiguration`: the section `AWS` as the SDK's extensions read it, and <see cref="Environment"/>'s names. For `AddInMemoryCollection`.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Configuration =>
    [
        new("AWS:ServiceURL", Endpoint.ToString()), new("AWS:AuthenticationRegion", Region), new("AWS:Region", Region),
        .. Environment.Select(variable => KeyValuePair.Create(variable.Key, (string?)variable.Value)),
    ];

    internal GalleyServer Server { get; }

    internal CloudHttp Http { get; }

    internal AwsClient Aws { get; }

    /// <summary>Starts an empty cloud and returns when it answers.</summary>
    /// <param name="options">Null for the defaults.</param>
    public static Task<GalleyCloud> StartAsync(GalleyCloudOptions? options = null)
    {
        options ??= new GalleyCloudOptions();
        var clock = new CloudClock(options.StartTime ?? (options.Seed is null ? TimeProvider.System.GetUtcNow() : SeededStart), runs: options.Seed is null);
        return Start(options, clock, null);
    }

    /// <summary>Starts a cloud with all that a snapshot holds, apps included, beside the one it was taken of: each test may have a deployed app of its own.</summary>
    /// <param name="snapshot">Of any cloud of this process.</param>
    public static async Task<GalleyCloud> StartAsync(CloudSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var cloud = await Start(snapshot.Options, new CloudClock(snapshot.Time, snapshot.Runs), snapshot.Image);
        cloud.Mail.PutBack(snapshot.Mail);
        foreach (var app in snapshot.Apps) cloud._apps.Add(await app.In(cloud));
        return cloud;
    }

    /// <summary>
    /// Deploys an app as `galley deploy` does, but builds nothing unless told to: a folder with a galley.yaml, a folder with a template, or a template.
    /// </summary>
    /// <param name="path">Folder or file.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="DeploymentException">It failed; says which resource and why.</exception>
    public async Task<DeployedApp> DeployAsync(string path, DeployOptions? options = null)
    {
        var app = await DeployedApp.Deploy(this, path, options ?? new DeployOptions());
        _apps.RemoveAll(other => other.Name == app.Name);
        _apps.Add(app);
        return app;
    }

    /// <summary>Puts in what a seed file lists: users with their groups, items of tables, objects of buckets. What is there already stays.</summary>
    /// <param name="file">JSON or YAML (docs/how-to/seed.md).</param>
    /// <exception cref="DeploymentException">The file or something that it names is wrong.</exception>
    public Task SeedAsync(string file) => DeploymentException.Wrapping(async () =>
    {
        var names = _apps.SelectMany(app => app.Outputs.Concat(app.Resources)).DistinctBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => pair.Value);
        await new Seeding(Aws, new Progress(TextWriter.Null)).SeedFile(file, names, CancellationToken.None);
        return true;
    });

    /// <summary>A client whose every host name, AWS's own and those of `.localhost`, leads here without DNS; it trusts the cloud's certificates.</summary>
    /// <param name="baseAddress">What relative addresses are relative to; null for none.</param>
    public HttpClient CreateClient(string? baseAddress = null) => Http.Client(baseAddress);

    /// <summary>As <see cref="CreateClient"/> has it, to be set up further: redirects, cookies, other handlers around it.</summary>
    public SocketsHttpHandler CreateHandler() => Http.Handler();

    /// <summary>`https://d1.cloudfront.net/x` → the address under which this cloud answers it to everybody: `http://d1.cloudfront.localhost:40123/x`.</summary>
    public string ToLocal(string awsUrl) => Server.ToLocal(awsUrl);

    /// <summary>Runs a function's events by a delegate of the test, so that breakpoints stop in it. The function must exist.</summary>
    /// <param name="function">Name, ARN, or a logical id of an app's template.</param>
    /// <param name="handler">The event's JSON in, the answer's out.</param>
    /// <returns>Dispose it, and the function's own code runs again.</returns>
    public IDisposable Handle(string function, FunctionHandler handler) => Server.UseFunction(PhysicalId(function), handler);

    /// <summary>Why a request was answered as it was.</summary>
    /// <param name="answer">An answer of this cloud; where CloudFront passed on another's, of the first that said no.</param>
    /// <exception cref="ArgumentException">The answer is none of this cloud's, or too old.</exception>
    public Explanation Explain(HttpResponseMessage answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        string[] names = ["apigw-requestid", "x-amzn-RequestId", "x-amz-request-id", "X-Amz-Cf-Id"];
        var ids = names.SelectMany(name => answer.Headers.TryGetValues(name, out var values) ? values : []).ToList();
        List<Wire.Trail> trails = [];
        // A trail is kept when its answer has been sent, which the client may see a moment before.
        SpinWait.SpinUntil(() => (trails = [.. ids.Select(Server.Trails.Of).OfType<Wire.Trail>()]).Count == ids.Count, TrailPatience);
        return trails.Find(trail => trail.Refused) is { } refused ? Explanation.Of(refused)
            : trails is [var first, ..] ? Explanation.Of(first)
            : throw new ArgumentException("The answer has no request id that this cloud remembers.", nameof(answer));
    }

    /// <summary>Why the request with this id was answered as it was; null for an id that the cloud does not remember.</summary>
    public Explanation? Explain(string requestId) => Server.Trails.Of(requestId) is { } trail ? Explanation.Of(trail) : null;

    /// <summary>Everything as it is now. Handlers and faults are no part of it.</summary>
    public CloudSnapshot Snapshot() => new(_options, InstallationImage.Of(Server.Installation)!, Clock, Mail, [.. _apps]);

    /// <summary>Puts back what a snapshot of this cloud holds, the clock too, and ends every fault. Functions' processes stay warm. Nothing else should be going on.</summary>
    public async Task RestoreAsync(CloudSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        Faults.Clear();
        await Server.PutBack(snapshot.Image);
        Clock.PutBack(snapshot.Time);
        Mail.PutBack(snapshot.Mail);
        _apps.Clear();
        foreach (var app in snapshot.Apps) _apps.Add(app.Cloud == this ? app : await app.In(this));
    }

    /// <summary>Ends the cloud and everything in it.</summary>
    public async ValueTask DisposeAsync()
    {
        Aws.Dispose();
        await Server.DisposeAsync();
        Clock.Dispose();
    }

    /// <summary>The name behind a logical id of a deployed app; other names as they are.</summary>
    internal string PhysicalId(string name) => _apps.Select(app => app.Resources.GetValueOrDefault(name)).FirstOrDefault(id => id is not null) ?? name;

    private static async Task<GalleyCloud> Start(GalleyCloudOptions options, CloudClock clock, InstallationImage? image)
    {
        GalleyCloud? cloud = null;
        var faults = new CloudFaults(options.Seed ?? 0, clock, (wanted, name) => cloud?.PhysicalId(wanted) == name);
        var server = await GalleyServer.StartAsync(new GalleyOptions
        {
            Port = 0,
            Account = options.Account,
            Region = options.Region,
            Sandbox = options.Sandbox,
            StrictOidc = options.StrictOidc,
            Throttle = options.Throttle,
            Log = options.Log,
            Time = clock,
            Ids = options.Seed is { } seed ? new SeededIds(seed) : null,
            Faults = faults.Seam,
            Image = image,
            PasswordRounds = PasswordRounds,
        });
        ReadyKeys.Keep(KeysAhead); // not before: they would take the processor from the first start
        return cloud = new GalleyCloud(options, server, clock, faults);
    }
}
