using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Cli.Deploy;

namespace Galley.Testing;

/// <summary>An app as it stands in a cloud: its outputs, its people, its functions.</summary>
public sealed class DeployedApp
{
    private const string Users = "AWSCognitoIdentityProviderService.", UserPoolType = "AWS::Cognito::UserPool", ClientType = "AWS::Cognito::UserPoolClient";
    private const string UsualPassword = "Passw0rd!";

    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);
    private readonly DeployFile _file;
    private readonly Dictionary<string, string> _outputs;
    private readonly IReadOnlyList<(string Name, string Type, string Id)> _resources;

    private DeployedApp(GalleyCloud cloud, DeployFile file, Dictionary<string, string> outputs, IReadOnlyList<(string Name, string Type, string Id)> resources)
    {
        (Cloud, _file, _outputs, _resources) = (cloud, file, outputs, resources);
        Outputs = outputs.ToDictionary(output => output.Key, output => cloud.ToLocal(output.Value));
        Resources = resources.ToDictionary(resource => resource.Name, resource => resource.Id);
    }

    /// <summary>The stack's name.</summary>
    public string Name => _file.Stack;

    /// <summary>The stack's outputs; addresses in the form in which this cloud answers them.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; }

    /// <summary>Logical id → physical id: the name, id or ARN that `Ref` gives.</summary>
    public IReadOnlyDictionary<string, string> Resources { get; }

    /// <summary>An output.</summary>
    /// <exception cref="KeyNotFoundException">The stack has no such output; says which it has.</exception>
    public string this[string output] => Outputs.TryGetValue(output, out var value) ? value : throw new KeyNotFoundException($"The stack {Name} has no output {output}. It has: {string.Join(", ", Outputs.Keys.Order(StringComparer.Ordinal))}.");

    internal GalleyCloud Cloud { get; }

    /// <summary>A client for one of the app's addresses.</summary>
    /// <param name="output">The output that has it: `ApiUrl`.</param>
    /// <param name="user">Whose access token goes with every request; null for nobody's.</param>
    public HttpClient CreateClient(string output, CloudUser? user = null) => Cloud.Http.Client(this[output], user?.AccessToken);

    /// <summary>
    /// Signs a user in and gives real tokens; makes the user first where there is none. The way there (pages, passwords, codes) is left out:
    /// for that there are <see cref="SignUpAsync"/> and the pages themselves.
    /// </summary>
    /// <param name="name">The username.</param>
    /// <param name="groups">Groups that the user is put into; made where the pool lacks them.</param>
    /// <param name="email">Null for the name itself, or `name@example.com`.</param>
    /// <param name="password">For a user who is made.</param>
    /// <param name="client">Logical id of the app client, where the template has several.</param>
    public Task<CloudUser> SignInAsync(string name, IEnumerable<string>? groups = null, string? email = null, string password = UsualPassword, string? client = null) => DeploymentException.Wrapping(async () =>
    {
        email ??= EmailOf(name);
        var (pool, clientId) = Client(client);
        await new Seeding(Cloud.Aws, new Progress(TextWriter.Null)).User(pool, new SeedUser(name, email, password, [.. groups ?? []]), CancellationToken.None);
        return await Tokens(clientId, name, email, password);
    });

    /// <summary>Signs a known user in once more.</summary>
    public Task<CloudUser> SignInAsync(CloudUser user, string? client = null)
    {
        ArgumentNullException.ThrowIfNull(user);
        return DeploymentException.Wrapping(() => Tokens(Client(client).ClientId, user.Name, user.Email, user.Password));
    }

    /// <summary>A stranger signs up, reads the code in the mail, confirms, and is signed in: what people do, by the same API that the pages use.</summary>
    /// <inheritdoc cref="SignInAsync(string, IEnumerable{string}?, string?, string, string?)" />
    public Task<CloudUser> SignUpAsync(string name, string? email = null, string password = UsualPassword, string? client = null) => DeploymentException.Wrapping(async () =>
    {
        email ??= EmailOf(name);
        var (pool, clientId) = Client(client);
        var described = await Call("DescribeUserPoolClient", new JsonObject { ["UserPoolId"] = pool, ["ClientId"] = clientId });
        var secret = (string?)described["UserPoolClient"]!["ClientSecret"];
        var signUp = Request();
        signUp["Password"] = password;
        signUp["UserAttributes"] = new JsonArray(new JsonObject { ["Name"] = "email", ["Value"] = email });
        var answer = await Call("SignUp", signUp);
        if (!(bool)answer["UserConfirmed"]!)
        {
            var confirm = Request();
            confirm["ConfirmationCode"] = await Cloud.Mail.WaitForCodeAsync(email);
            await Call("ConfirmSignUp", confirm);
        }

        return await Tokens(clientId, name, email, password);

        JsonObject Request()
        {
            var request = new JsonObject { ["ClientId"] = clientId, ["Username"] = name };
            if (secret is not null) request["SecretHash"] = Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(name + clientId)));
            return request;
        }
    });

    /// <summary>Runs a function's events by a delegate of the test, so that breakpoints stop in it.</summary>
    /// <param name="function">Its logical id in the template, or its name.</param>
    /// <param name="handler">The event's JSON in, the answer's out.</param>
    /// <returns>Dispose it, and the function's own code runs again.</returns>
    public IDisposable Handle(string function, FunctionHandler handler) => Cloud.Handle(Resources.GetValueOrDefault(function, function), handler);

    /// <summary>The same for a handler of types, read and written as JSON of the web (camel case).</summary>
    /// <inheritdoc cref="Handle(string, FunctionHandler)" />
    public IDisposable Handle<TEvent, TAnswer>(string function, Func<TEvent, FunctionInvocation, Task<TAnswer>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handle(function, async (@event, invocation) => JsonSerializer.SerializeToUtf8Bytes(await handler(JsonSerializer.Deserialize<TEvent>(@event.Span, Web)!, invocation), Web));
    }

    /// <summary>The same for a handler that does not ask for the invocation.</summary>
    /// <inheritdoc cref="Handle(string, FunctionHandler)" />
    public IDisposable Handle<TEvent, TAnswer>(string function, Func<TEvent, Task<TAnswer>> handler) => Handle<TEvent, TAnswer>(function, (@event, _) => handler(@event));

    internal static Task<DeployedApp> Deploy(GalleyCloud cloud, string path, DeployOptions options) => DeploymentException.Wrapping(async () =>
    {
        var file = Read(path);
        file = file with
        {
            Stack = options.StackName ?? file.Stack,
            LocalParameters = file.LocalParameters.Concat(options.Parameters).GroupBy(pair => pair.Key).ToDictionary(same => same.Key, same => same.Last().Value),
            Site = options.Site ? file.Site : null,
        };
        if (file.Site is { } site && !options.Build && !Directory.Exists(site.Folder))
            throw new DeploymentException($"The site's folder {site.Folder} does not exist. Build it, or deploy with {nameof(DeployOptions)}.{nameof(DeployOptions.Build)} = true or .{nameof(DeployOptions.Site)} = false.");
        await new Deployment(file, cloud.Aws, new Progress(TextWriter.Null)) { CodeMayLack = options.InProcess }.Run(options.Build, CancellationToken.None);
        return await Find(cloud, file);
    });

    /// <summary>The same app in a cloud that began with a snapshot: its site is told the cloud's own addresses.</summary>
    internal async Task<DeployedApp> In(GalleyCloud cloud)
    {
        var app = new DeployedApp(cloud, _file, _outputs, _resources);
        if (_file.Site is { Config.Count: > 0 } site) await new SiteDeployment(cloud.Aws, site, new Progress(TextWriter.Null)).Configure(_outputs, cloud.ToLocal, CancellationToken.None);
        return app;
    }

    private static async Task<DeployedApp> Find(GalleyCloud cloud, DeployFile file)
    {
        const string service = "cloudformation", version = "2010-05-15";
        var described = await cloud.Aws.Query(service, version, "DescribeStacks", [("StackName", file.Stack)], CancellationToken.None);
        var listed = await cloud.Aws.Query(service, version, "DescribeStackResources", [("StackName", file.Stack)], CancellationToken.None);
        return new DeployedApp(
            cloud, file,
            described.Members("Stacks").First().Members("Outputs").ToDictionary(output => output.Value("OutputKey"), output => output.Value("OutputValue")),
            [.. listed.Members("StackResources").Select(resource => (resource.Value("LogicalResourceId"), resource.Value("ResourceType"), resource.Value("PhysicalResourceId")))]);
    }

    private static DeployFile Read(string path)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(Path.Combine(path, "galley.yaml"))) return DeployFile.Read(path);
        var template = File.Exists(path) ? path : new[] { "template.yaml", "template.yml", "template.json" }.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists)
            ?? throw new DeploymentException($"{path} is no template, nor a folder with a galley.yaml or a template.yaml.");
        var folder = Path.GetDirectoryName(template)!;
        var name = string.Concat(Path.GetFileName(folder).Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')).Trim('-');
        return DeployFile.Of(folder, template, char.IsAsciiLetter(name.FirstOrDefault()) ? name : "app-" + name);
    }

    private static string EmailOf(string name) => name.Contains('@', StringComparison.Ordinal) ? name : name + "@example.com";

    private (string Pool, string ClientId) Client(string? logicalId)
    {
        var pools = _resources.Where(resource => resource.Type == UserPoolType).ToList();
        var clients = _resources.Where(resource => resource.Type == ClientType && (logicalId is null || resource.Name == logicalId)).ToList();
        if (clients.Count != 1)
            throw new InvalidOperationException(clients.Count == 0 ? $"The stack {Name} has no app client{(logicalId is null ? "" : $" {logicalId}")} of a user pool." : $"The stack {Name} has several app clients: say which. It has: {string.Join(", ", clients.Select(client => client.Name))}.");
        return pools.Count == 1 ? (pools[0].Id, clients[0].Id) : (PoolOf(clients[0].Id), clients[0].Id);
    }

    private string PoolOf(string clientId) => Cloud.Server.Cognito.Direct.PoolOf(clientId).AsTask().GetAwaiter().GetResult();

    private async Task<CloudUser> Tokens(string clientId, string name, string email, string password)
    {
        var (issued, refresh) = await Cloud.Server.Cognito.Direct.SignIn(clientId, name);
        return new CloudUser { Name = name, Email = email, Password = password, AccessToken = issued.AccessToken, IdToken = issued.IdToken, RefreshToken = refresh };
    }

    private async Task<JsonNode> Call(string operation, JsonObject request) => JsonNode.Parse(await Cloud.Aws.Json("cognito-idp", Users + operation, "1.1", request.ToJsonString(), CancellationToken.None))!;
}
