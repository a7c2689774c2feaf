using System.IO.Compression;
using System.Text;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>AWS::Lambda::Function: Ref is the name; whoever makes the stack needs the rights that the API would ask for.</summary>
internal sealed class FunctionResource(Functions functions, FunctionUpdates updates, FunctionOptions options, RuntimeOptions runtime, IJudgePolicies policies) : IResourceHandler
{
    public string Type => "AWS::Lambda::Function";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "FunctionName", "PackageType", "TenancyConfig" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = PropertiesJson.Read(request, PropertiesJson.Default.FunctionProperties);
        var name = properties.FunctionName ?? request.Name[..Math.Min(64, request.Name.Length)];
        await Require(call, "lambda:CreateFunction", name);
        await Require(call, properties.Role);
        await functions.CreateFunction(
            new CreateFunctionRequest
            {
                FunctionName = name,
                Role = properties.Role,
                Code = Code(properties),
                PackageType = properties.PackageType,
                Architectures = properties.Architectures,
                Tags = Tags(properties),
                Runtime = properties.Runtime,
                Handler = properties.Handler,
                Description = properties.Description,
                Timeout = properties.Timeout,
                MemorySize = properties.MemorySize,
                Environment = properties.Environment,
                TracingConfig = properties.TracingConfig,
                EphemeralStorage = properties.EphemeralStorage,
                LoggingConfig = properties.LoggingConfig,
                SnapStart = properties.SnapStart,
                Layers = properties.Layers,
                KMSKeyArn = properties.KmsKeyArn,
                DeadLetterConfig = properties.DeadLetterConfig,
                VpcConfig = properties.VpcConfig,
            }, call);
        request.Exists(name);
        if (properties.ReservedConcurrentExecutions is { } reserved)
            await options.PutFunctionConcurrency(new PutConcurrencyRequest { FunctionName = name, ReservedConcurrentExecutions = reserved }, call);
        if (properties.RecursiveLoop is not null || properties.RuntimeManagementConfig is not null) await Manage(properties, name, call);
        return Answer(name, call);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var properties = PropertiesJson.Read(request, PropertiesJson.Default.FunctionProperties);
        var name = request.PhysicalId;
        await Require(call, "lambda:UpdateFunctionConfiguration", name);
        await Require(call, "lambda:UpdateFunctionCode", name);
        await Require(call, properties.Role);
        await updates.UpdateFunctionConfiguration(
            new UpdateFunctionConfigurationRequest
            {
                FunctionName = name,
                Role = properties.Role,
                Runtime = properties.Runtime,
                Handler = properties.Handler,
                // What the template no longer says goes back to its default.
                Description = properties.Description ?? "",
                Timeout = properties.Timeout ?? 3,
                MemorySize = properties.MemorySize ?? 128,
                Environment = properties.Environment ?? new EnvironmentDescription(),
                TracingConfig = properties.TracingConfig ?? new TracingConfig { Mode = "PassThrough" },
                EphemeralStorage = properties.EphemeralStorage ?? new EphemeralStorage(),
                LoggingConfig = Logging(properties.LoggingConfig, name),
                SnapStart = properties.SnapStart,
                Layers = properties.Layers,
                KMSKeyArn = properties.KmsKeyArn,
                DeadLetterConfig = properties.DeadLetterConfig ?? new DeadLetterConfig(null),
                VpcConfig = properties.VpcConfig,
            }, call);
        var code = Code(properties);
        await updates.UpdateFunctionCode(
            new UpdateFunctionCodeRequest { FunctionName = name, ZipFile = code.ZipFile, S3Bucket = code.S3Bucket, S3Key = code.S3Key, S3ObjectVersion = code.S3ObjectVersion, Architectures = properties.Architectures }, call);
        await Settle(properties, name, call);
        return Answer(name, call);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        await Require(call, "lambda:DeleteFunction", request.PhysicalId);
        try
        {
            await functions.DeleteFunction(new FunctionRequest(null) { FunctionName = request.PhysicalId }, call);
        }
        catch (AwsError e) when (e.Code == "ResourceNotFoundException")
        {
            // gone already
        }
    }

    private async ValueTask Settle(FunctionProperties properties, string name, Call call)
    {
        var arn = FunctionRef.Parse(name, call).Arn;
        var wanted = Tags(properties) ?? [];
        var old = (await options.ListTags(new ArnRequest { Resource = arn }, call)).Tags.Keys.Except(wanted.Keys);
        await options.ReplaceTags(arn, [.. old], wanted, call);
        if (properties.ReservedConcurrentExecutions is { } reserved)
            await options.PutFunctionConcurrency(new PutConcurrencyRequest { FunctionName = name, ReservedConcurrentExecutions = reserved }, call);
        else await options.DeleteFunctionConcurrency(new FunctionRequest(null) { FunctionName = name }, call);
        await Manage(properties, name, call);
    }

    private async ValueTask Manage(FunctionProperties properties, string name, Call call)
    {
        await runtime.PutFunctionRecursionConfig(new PutRecursionRequest { FunctionName = name, RecursiveLoop = properties.RecursiveLoop ?? "Terminate" }, call);
        var management = properties.RuntimeManagementConfig;
        await runtime.PutRuntimeManagementConfig(new PutRuntimeManagementRequest(null, management?.RuntimeVersionArn) { FunctionName = name, UpdateRuntimeOn = management?.UpdateRuntimeOn ?? "Auto" }, call);
    }

    private static LoggingConfig Logging(LoggingConfig? asked, string name)
    {
        var all = (asked ?? new LoggingConfig()) with { LogGroup = asked?.LogGroup ?? FunctionRecord.OwnLogGroup(name) };
        return all.LogFormat == "JSON" ? all with { ApplicationLogLevel = all.ApplicationLogLevel ?? "INFO", SystemLogLevel = all.SystemLogLevel ?? "INFO" } : all with { LogFormat = "Text" };
    }

    private static Resource Answer(string name, Call call)
        => new(name, new Dictionary<string, string> { ["Arn"] = FunctionRef.Parse(name, call).Arn });

    private ValueTask Require(Call call, string action, string name) => Rights.Require(policies, call, action, FunctionRef.Parse(name, call).Arn);

    private ValueTask Require(Call call, string role) => Rights.Require(policies, call, "iam:PassRole", role, [new("iam:PassedToService", "lambda.amazonaws.com")]);

    private static Dictionary<string, string>? Tags(FunctionProperties properties) => properties.Tags?.ToDictionary(tag => tag.Key, tag => tag.Value);

    private static FunctionCode Code(FunctionProperties properties)
    {
        var code = properties.Code;
        if (code.ZipFile is null) return new FunctionCode { S3Bucket = code.S3Bucket, S3Key = code.S3Key, S3ObjectVersion = code.S3ObjectVersion };
        var (name, answering, module) = Runtimes.KindOf(properties.Runtime ?? "") switch
        {
            RuntimeKind.Python => ("index.py", "cfnresponse", "cfnresponse.py"),
            RuntimeKind.Node => ("index.js", "cfn-response", "node_modules/cfn-response.js"),
            _ => throw Errors.InvalidParameter("ZipFile can only be used when Runtime is set to either of nodejs, python."),
        };
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(name, new MemoryStream(Encoding.UTF8.GetBytes(code.ZipFile)));
            // As on AWS, inline code that asks for the module to answer CloudFormation with finds it beside itself.
            if (code.ZipFile.Contains(answering, StringComparison.Ordinal)) Add(module, typeof(FunctionResource).Assembly.GetManifestResourceStream(Path.GetFileName(module))!);

            void Add(string file, Stream text)
            {
                var entry = archive.CreateEntry(file);
                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero); // the same text, the same zip
                using var content = entry.Open();
                using (text) text.CopyTo(content);
            }
        }

        return new FunctionCode { ZipFile = zip.ToArray() };
    }
}

/// <summary>What a stack's maker may do, asked as the API would ask.</summary>
internal static class Rights
{
    public static async ValueTask Require(IJudgePolicies policies, Call call, string action, string resource, params IEnumerable<KeyValuePair<string, string>> conditions)
    {
        if (!await policies.Allows(call, action, resource, conditions))
            throw Errors.AccessDenied($"User: {call.Principal.Arn} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action");
    }
}
