using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Tests.Lambda;
using Microsoft.AspNetCore.Http;

namespace Galley.Tests.Server;

/// <summary>The `galley` program as a user meets it: how it starts, stops, refuses and what it keeps to itself.</summary>
public class ProgramTests
{
    private const string LambdaTrust = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    [Fact]
    public async Task Code_that_only_the_start_needed_is_let_go()
    {
        Assert.SkipUnless(Workplace.IsNative && OperatingSystem.IsLinux(), "only the native program's code is pages of its file");
        using var place = new Workplace();
        await using var program = await place.Start();
        await program.Says("credentials");
        Assert.InRange(program.CodeInMemory, 1, 8 << 10); // 16 MiB of 31 were run, or lay beside what was
        using var aws = await program.Client();
        await aws.Json("dynamodb", "DynamoDB_20120810.ListTables", new JsonObject());
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Ctrl_C_stops_everything_cleanly(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "POSIX signals");
        Assert.SkipWhen(signal == "INT" && InterruptIsIgnored(), "this session ignores SIGINT (a shell's background job), and so do the programs it starts");
        using var place = new Workplace();
        await using var program = await place.Start("--sandbox", "off"); // inside, a process has an id of its own
        using var aws = await program.Client();
        await Function(aws, "pid", "import os\ndef handler(event, context): return os.getpid()");
        var (status, body) = await aws.Send("lambda", HttpMethod.Post, "/2015-03-31/functions/pid/invocations", "{}"u8.ToArray());
        Assert.Equal(HttpStatusCode.OK, status);
        var worker = int.Parse(body, CultureInfo.InvariantCulture);
        Assert.True(Runs(worker));
        Assert.NotEmpty(Directory.GetFiles(place.RunningFiles));

        Assert.Equal(0, await program.Signal(signal));
        Assert.False(Runs(worker), "the function's process is left behind");
        Assert.Empty(Directory.GetFiles(place.RunningFiles));
        Assert.Empty(Directory.GetDirectories(place.Scratch, "galley-*"));
        Assert.Equal("", program.Error);
        Assert.EndsWith("Stopping.", program.Output, StringComparison.Ordinal);
    }

    /// <summary>With the store's own threads at work still, a process that left too early was aborted by them.</summary>
    [Fact]
    public async Task A_program_that_is_ended_as_soon_as_it_answers_ends_cleanly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "POSIX signals");
        using var place = new Workplace();
        for (var start = 0; start < 5; start++)
        {
            await using var program = await place.Start();
            Assert.Equal(0, await program.Signal("TERM"));
            Assert.Equal("", program.Error);
        }
    }

    [Fact]
    public async Task A_program_that_was_killed_is_not_taken_for_a_running_one()
    {
        using var place = new Workplace();
        await using var program = await place.Start();
        await program.Kill();
        AssertSays(await place.Galley("env", "--port", program.PortText), $"No Galley of yours runs on port {program.PortText}", "galley start");
    }

    [Fact]
    public async Task A_port_or_a_folder_that_cannot_be_used_is_said_with_what_to_do()
    {
        using var place = new Workplace();
        await using var program = await place.Start();
        AssertSays(await place.Galley("start", "--in-memory", "--port", program.PortText), $"Port {program.PortText} is in use", "--port");
        AssertSays(await place.Galley("start", "--port", "0", "--data", place.Data), "in use by another Galley", "--data");
        var file = place.Write("file", "");
        AssertSays(await place.Galley("start", "--port", "0", "--data", file), "cannot be used", "--data");
        AssertSays(await place.Galley("start", "--port", "0", "--data", Path.Combine(file, "below")), "cannot be used", "--data");
        AssertSays(await place.Galley("start", "--port", "70000"), "--port takes 0 to 65535.");
        AssertSays(await place.Galley("start", "--account", "12"), "--account takes twelve digits.");

        // None of this disturbed the one that runs.
        using var aws = await program.Client();
        Assert.Equal(HttpStatusCode.OK, (await aws.Query("sts", "Action=GetCallerIdentity&Version=2011-06-15")).Status);
    }

    [Fact]
    public async Task Deploy_says_what_is_wrong_with_the_folder()
    {
        using var place = new Workplace();
        await using var program = await place.Start();
        Task<Ended> Deploy(string folder) => place.Galley("deploy", Path.Combine(place.Folder, folder), "--port", program.PortText);

        Directory.CreateDirectory(Path.Combine(place.Folder, "empty"));
        AssertSays(await Deploy("empty"), "galley.yaml does not exist", "needs a folder with a galley.yaml");
        place.Write("broken/galley.yaml", "stack: [a\nb: }");
        AssertSays(await Deploy("broken"), "broken/galley.yaml is not well-formed YAML.");
        place.Write("odd/galley.yaml", "stack: [a\nb: c");
        AssertSays(await Deploy("odd"), "odd/galley.yaml");
        place.Write("nothing/galley.yaml", "");
        AssertSays(await Deploy("nothing"), "galley.yaml is empty");
        place.Write("unknown/galley.yaml", "stack: s\nstak: t\n");
        AssertSays(await Deploy("unknown"), "`stak:` is not known here");
        place.Write("missing/galley.yaml", "stack: s\n");
        AssertSays(await Deploy("missing"), "template.yaml does not exist");
        place.Write("template/galley.yaml", "stack: s\n");
        place.Write("template/template.yaml", "Resources:\n  A: [\n");
        AssertSays(await Deploy("template"), "Template format error: YAML not well-formed");
        place.Write("type/galley.yaml", "stack: s\n");
        place.Write("type/template.yaml", "Resources:\n  A:\n    Type: AWS::Nothing::Here\n");
        AssertSays(await Deploy("type"), "AWS::Nothing::Here");
        place.Write("step/galley.yaml", "stack: s\nbuild:\n  - run: exit 3\n");
        place.Write("step/template.yaml", "Resources:\n  A:\n    Type: AWS::SNS::Topic\n");
        AssertSays(await Deploy("step"), "exit 3");
    }

    [Theory]
    [InlineData("env")]
    [InlineData("trust")]
    [InlineData("mail")]
    [InlineData("logs")]
    [InlineData("reset")]
    [InlineData("deploy")]
    public async Task Commands_without_a_running_Galley_say_how_to_start_one(string command)
    {
        using var place = new Workplace();
        place.Write("app/galley.yaml", "stack: s\n");
        place.Write("app/template.yaml", "Resources: {}\n");
        var port = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        string[] arguments = command == "deploy" ? [command, Path.Combine(place.Folder, "app"), "--port", port] : [command, "--port", port];
        AssertSays(await place.Galley(arguments), $"galley: No Galley of yours runs on port {port}. Start one with `galley start`, or name its port with --port.");
    }

    /// <summary>It is asked once what it is, and not waited for as for a Galley that has just begun.</summary>
    [Fact]
    public async Task A_foreign_program_on_the_port_is_told_apart_at_once()
    {
        using var place = new Workplace();
        await using var foreign = await CloudFront.TestOrigin.Start(http => http.Response.WriteAsync("not a Galley"));
        AssertSays(await place.Galley("env", "--port", foreign.Port.ToString(CultureInfo.InvariantCulture)), $"galley: No Galley of yours runs on port {foreign.Port}.");
        Assert.Equal("/_galley/health", Assert.Single(foreign.Asked).Target);
    }

    [Fact]
    public async Task Credentials_are_checked_unless_somebody_says_any_and_then_it_warns()
    {
        using var place = new Workplace();
        const string who = "Action=GetCallerIdentity&Version=2011-06-15";
        await using (var program = await place.Start())
        {
            Assert.Equal("", program.Error);
            using var unknown = await program.Client("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
            var (status, body) = await unknown.Query("sts", who);
            Assert.Equal(HttpStatusCode.Forbidden, status);
            Assert.Contains("InvalidClientTokenId", body, StringComparison.Ordinal);
            using var wrong = await program.Client(secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
            (status, body) = await wrong.Query("sts", who);
            Assert.Equal(HttpStatusCode.Forbidden, status);
            Assert.Contains("SignatureDoesNotMatch", body, StringComparison.Ordinal);
        }

        await using var open = await place.Start("--credentials", "any");
        Assert.Contains("WARNING: --credentials any", open.Error, StringComparison.Ordinal);
        Assert.Contains("NOT checked", open.Error, StringComparison.Ordinal);
        using var anyone = await open.Client("test", "test");
        Assert.Equal(HttpStatusCode.OK, (await anyone.Query("sts", who)).Status);
        AssertSays(await place.Galley("start", "--in-memory", "--credentials", "none"), "'none'", "'any'");
    }

    [Fact]
    public async Task Secrets_stand_neither_in_what_it_prints_nor_in_its_data()
    {
        const string password = "Corr3ct-h0rse-battery!", variable = "variable-nobody-may-read";
        using var place = new Workplace();
        var secrets = new Dictionary<string, string> { ["password"] = password, ["function's variable"] = variable };
        await using var program = await place.Start();
        using (var aws = await program.Client())
        {
            secrets["root secret"] = (await program.Environment())["AWS_SECRET_ACCESS_KEY"];
            var pool = (string)(await Cognito("CreateUserPool", new { PoolName = "p", AutoVerifiedAttributes = new[] { "email" } }))["UserPool"]!["Id"]!;
            var client = (await Cognito("CreateUserPoolClient", new { UserPoolId = pool, ClientName = "c", GenerateSecret = true, ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" } }))["UserPoolClient"]!;
            string id = (string)client["ClientId"]!, secret = secrets["client secret"] = (string)client["ClientSecret"]!;
            var hash = Convert.ToBase64String(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes("alice" + id)));
            await Cognito("SignUp", new { ClientId = id, SecretHash = hash, Username = "alice", Password = password, UserAttributes = new[] { new { Name = "email", Value = "alice@example.com" } } });
            var code = (await place.Galley("mail", "--wait", "--to", "alice@example.com", "--port", program.PortText)).Out.Trim();
            Assert.Matches("^[0-9]{6}$", code);
            secrets["code"] = code;
            await Cognito("ConfirmSignUp", new { ClientId = id, SecretHash = hash, Username = "alice", ConfirmationCode = code });
            var tokens = (await Cognito("InitiateAuth", new { ClientId = id, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "alice", PASSWORD = password, SECRET_HASH = hash } }))["AuthenticationResult"]!;
            foreach (var token in (string[])["AccessToken", "IdToken", "RefreshToken"]) secrets[token] = (string)tokens[token]!;
            var (_, key) = await aws.Query("iam", "Action=CreateUser&Version=2010-05-08&UserName=u") is (HttpStatusCode.OK, _) ? await aws.Query("iam", "Action=CreateAccessKey&Version=2010-05-08&UserName=u") : default;
            if (key is not null) secrets["user's secret"] = key.Split("<SecretAccessKey>")[1].Split('<')[0];
            await Function(aws, "f", "import os\ndef handler(event, context): return len(os.environ['SECRET'])", new { Variables = new { SECRET = variable } });
            Assert.Equal((HttpStatusCode.OK, variable.Length.ToString(CultureInfo.InvariantCulture)), await aws.Send("lambda", HttpMethod.Post, "/2015-03-31/functions/f/invocations", "{}"u8.ToArray()));

            Task<JsonObject> Cognito(string operation, object input) => aws.Json("cognito-idp", "AWSCognitoIdentityProviderService." + operation, input);
        }

        await program.Kill();
        var said = Encoding.UTF8.GetBytes(program.Output + program.Error);
        var files = Directory.GetFiles(place.Data, "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        var found = from searched in files.Select(file => (Name: Path.GetRelativePath(place.Folder, file), Bytes: File.ReadAllBytes(file))).Append((Name: "what it printed", Bytes: said))
                    from secret in secrets
                    where searched.Bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret.Value)) >= 0
                    select $"{secret.Key} in {searched.Name}";
        Assert.Empty(found);
        // What a key file holds is its owner's alone.
        if (OperatingSystem.IsWindows()) return;
        foreach (var file in Directory.GetFiles(Path.Combine(place.Folder, "config"), "*", SearchOption.AllDirectories))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    internal static async Task Function(SignedHttp aws, string name, string python, object? environment = null)
    {
        var (status, body) = await aws.Query("iam", $"Action=CreateRole&Version=2010-05-08&RoleName={name}&AssumeRolePolicyDocument={Uri.EscapeDataString(LambdaTrust)}");
        Assert.True(status == HttpStatusCode.OK, body);
        (status, body) = await aws.Send("lambda", HttpMethod.Post, "/2015-03-31/functions", JsonSerializer.SerializeToUtf8Bytes(new
        {
            FunctionName = name,
            Runtime = "python3.12",
            Handler = "code.handler",
            Role = $"arn:aws:iam::000000000000:role/{name}",
            Code = new { ZipFile = Convert.ToBase64String(TestFunctions.Zip(("code.py", python))) },
            Environment = environment ?? new { },
        }), ("Content-Type", "application/json"));
        Assert.True(status == HttpStatusCode.Created, body);
        while (!(await aws.Send("lambda", HttpMethod.Get, "/2015-03-31/functions/" + name, null)).Body.Contains("\"State\":\"Active\"", StringComparison.Ordinal)) await Task.Delay(20);
    }

    private static void AssertSays(Ended ended, params string[] words)
    {
        Assert.True(ended.Code is not 0, "exit code 0: " + ended.Out);
        Assert.All(words, word => Assert.Contains(word, ended.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal); // a stack trace helps no user
    }

    private static bool Runs(int process)
    {
        try
        {
            using var found = System.Diagnostics.Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Whether SIGINT (signal 2, bit 1) is ignored here and so in every program started from here.</summary>
    private static bool InterruptIsIgnored()
        => File.Exists("/proc/self/status") && File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is var line
            && (Convert.ToUInt64(line[7..].Trim(), 16) & 2) != 0;
}
