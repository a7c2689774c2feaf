using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>Function URLs: an HTTPS name of its own for a function or an alias. AWS: Lambda API, FunctionUrlConfig.</summary>
internal sealed partial class FunctionUrls(Installation installation)
{
    public async ValueTask<UrlConfiguration> CreateFunctionUrlConfig(UrlRequest request, Call call)
    {
        var function = Qualified(request.FunctionName, request.Qualifier, call);
        if (request.AuthType is null) throw Errors.Missing("authType");
        Check(request);
        var now = Stamp();
        var record = new UrlRecord
        {
            UrlId = installation.Ids.Next(32, "abcdefghijklmnopqrstuvwxyz234567"),
            Function = function,
            AuthType = request.AuthType,
            Cors = request.Cors,
            InvokeMode = request.InvokeMode,
            CreationTime = now,
            LastModifiedTime = now,
        };
        await installation.Store.Write(async tx =>
        {
            await Exists(tx, function);
            if (await tx.Get(Keys.Url(function)) is not null)
                throw Errors.Conflict($"Failed to create function url config for [functionArn = {function.QualifiedArn}]. Error message:  FunctionUrlConfig exists for this Lambda function");
            tx.Put(Keys.Url(function), record, LambdaJson.Default.UrlRecord);
            tx.Put(Keys.UrlById(record.UrlId), record.Function, LambdaJson.Default.FunctionRef);
        });
        return record.Answer() with { InvokeMode = record.InvokeMode, LastModifiedTime = null };
    }

    public async ValueTask<UrlConfiguration> GetFunctionUrlConfig(FunctionRequest request, Call call)
    {
        var function = Qualified(request.FunctionName, request.Qualifier, call);
        return (await installation.Store.Read(snapshot => Get(snapshot, function))).Answer();
    }

    public async ValueTask<UrlConfiguration> UpdateFunctionUrlConfig(UrlRequest request, Call call)
    {
        var function = Qualified(request.FunctionName, request.Qualifier, call);
        Check(request);
        var record = await installation.Store.Write(async tx =>
        {
            await Exists(tx, function);
            var before = await Get(tx, function);
            var after = before with
            {
                AuthType = request.AuthType ?? before.AuthType,
                Cors = request.Cors ?? before.Cors,
                InvokeMode = request.InvokeMode ?? before.InvokeMode,
                LastModifiedTime = Stamp(),
            };
            tx.Put(Keys.Url(function), after, LambdaJson.Default.UrlRecord);
            return after;
        });
        return record.Answer() with { InvokeMode = record.InvokeMode };
    }

    public async ValueTask<Empty> DeleteFunctionUrlConfig(FunctionRequest request, Call call)
    {
        var function = Qualified(request.FunctionName, request.Qualifier, call);
        await installation.Store.Write(async tx =>
        {
            var record = await Get(tx, function);
            tx.Delete(Keys.Url(function));
            tx.Delete(Keys.UrlById(record.UrlId));
        });
        return Empty.Value;
    }

    public async ValueTask<ListUrlsResponse> ListFunctionUrlConfigs(ListOfFunctionRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Plain).Unqualified;
        var all = await installation.Store.Read(async snapshot =>
        {
            await Exists(snapshot, function);
            return await snapshot.List(Keys.Urls(function), LambdaJson.Default.UrlRecord);
        });
        var after = request.Marker is null ? all : all.FindAll(record => string.CompareOrdinal(record.Function.Qualifier ?? "", request.Marker) > 0);
        var limit = Math.Clamp(request.MaxItems ?? 50, 1, 50);
        return new ListUrlsResponse([.. after.Take(limit).Select(record => record.Answer())], after.Count > limit ? after[limit - 1].Function.Qualifier : null);
    }

    /// <summary>The URL's settings by the name in the host; null for one that nobody made.</summary>
    public ValueTask<UrlRecord?> ById(string id) => installation.Store.Read(async snapshot =>
        await snapshot.Get(Keys.UrlById(id), LambdaJson.Default.FunctionRef) is { } function ? await snapshot.Get(Keys.Url(function), LambdaJson.Default.UrlRecord) : null);

    public static async ValueTask DeleteAll(ITransaction tx, FunctionRef function)
    {
        foreach (var record in await tx.List(Keys.Urls(function), LambdaJson.Default.UrlRecord)) tx.Delete(Keys.UrlById(record.UrlId));
        await tx.DeleteAll(Keys.Urls(function));
    }

    private static async ValueTask<UrlRecord> Get(ISnapshot snapshot, FunctionRef function)
        => await snapshot.Get(Keys.Url(function), LambdaJson.Default.UrlRecord) ?? throw Errors.NotFound("The resource you requested does not exist.");

    private static async ValueTask Exists(ISnapshot snapshot, FunctionRef function)
    {
        try
        {
            await Functions.Find(snapshot, function);
        }
        catch (AwsError)
        {
            throw Errors.NotFound("Function does not exist");
        }
    }

    private static FunctionRef Qualified(string name, string? qualifier, Call call)
    {
        var function = FunctionRef.Parse(name, call, qualifier, FunctionNameForm.Plain);
        if (function.Qualifier is not null && !function.IsAlias) throw Errors.Constraint(function.Qualifier, "qualifier", @"Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)");
        return function;
    }

    private static void Check(UrlRequest request)
    {
        if (request.AuthType is not (null or "NONE" or "AWS_IAM")) throw Errors.Constraint(request.AuthType, "authType", "Member must satisfy enum value set: [NONE, AWS_IAM]");
        if (request.InvokeMode is not (null or "BUFFERED" or "RESPONSE_STREAM")) throw Errors.Constraint(request.InvokeMode, "invokeMode", "Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]");
        if (request.Cors is not { } cors) return;
        if (cors.MaxAge is < 0 or > 86400) throw Errors.Constraint($"{cors.MaxAge}", "cors.maxAge", cors.MaxAge < 0 ? "Member must have value greater than or equal to 0" : "Member must have value less than or equal to 86400");
        if (cors.AllowMethods is { } methods && methods.FirstOrDefault(method => !MethodForm().IsMatch(method)) is not null)
            throw Errors.Constraint($"[{string.Join(", ", methods)}]", "cors.allowMethods", "Member must satisfy constraint: [Member must have length less than or equal to 6, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: .*, Member must not be null]");
    }

    private string Stamp() => installation.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?:[A-Z]{1,6}|\*)$")]
    private static partial Regex MethodForm();
}

internal sealed record UrlRecord
{
    public required string UrlId { get; init; }

    public required FunctionRef Function { get; init; }

    public required string AuthType { get; init; }

    public UrlCors? Cors { get; init; }

    /// <summary>As asked for; null for BUFFERED.</summary>
    public string? InvokeMode { get; init; }

    public required string CreationTime { get; init; }

    public required string LastModifiedTime { get; init; }

    public UrlConfiguration Answer() => new(
        $"https://{UrlId}.lambda-url.{Function.Region}.on.aws/", Function.QualifiedArn, AuthType, Cors, CreationTime, LastModifiedTime, InvokeMode ?? "BUFFERED");
}

internal sealed record UrlCors
{
    public bool? AllowCredentials { get; init; }

    public string[]? AllowHeaders { get; init; }

    public string[]? AllowMethods { get; init; }

    public string[]? AllowOrigins { get; init; }

    public string[]? ExposeHeaders { get; init; }

    public int? MaxAge { get; init; }
}

internal sealed record UrlRequest(string? Qualifier, string? AuthType, UrlCors? Cors, string? InvokeMode)
{
    public required string FunctionName { get; init; }
}

internal sealed record UrlConfiguration(string FunctionUrl, string FunctionArn, string AuthType, UrlCors? Cors, string CreationTime, string? LastModifiedTime, string? InvokeMode);

internal sealed record ListUrlsResponse(UrlConfiguration[] FunctionUrlConfigs, string? NextMarker);
