using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>A client's secrets: at most two live at once, so that one can be replaced without a gap.</summary>
internal sealed partial class ClientSecrets(Installation installation, Clients clients)
{
    public ValueTask<AddUserPoolClientSecretResponse> AddUserPoolClientSecret(AddUserPoolClientSecretRequest request, Call call)
    {
        if (request.ClientSecret is { } given) Check(given);
        var secret = request.ClientSecret ?? installation.Ids.Next(51);
        return installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            var client = await Clients.Get(tx, pool.Ref, request.ClientId);
            if (client.ClientSecret is null) throw Errors.Parameter("Client does not have a client secret; secrets can only be added to a client that was created with one.");
            if (client.SecondSecret is not null) throw new AwsError("LimitExceededException", "A client can have at most two secrets.");
            var now = installation.Now;
            var stored = new StoredSecret(Id(client, now), clients.Sealed(client.ClientId, secret), now);
            tx.Put(Keys.Client(pool.Ref, client.ClientId), client with { SecondSecret = stored, LastModifiedDate = now }, CognitoJson.Default.UserPoolClient);
            return new AddUserPoolClientSecretResponse { ClientSecretDescriptor = new ClientSecretDescriptor { ClientSecretId = stored.Id, ClientSecretValue = request.ClientSecret is null ? secret : null, ClientSecretCreateDate = now } };
        });
    }

    public ValueTask<ListUserPoolClientSecretsResponse> ListUserPoolClientSecrets(ListUserPoolClientSecretsRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var client = await Clients.Get(tx, (await UserPools.Get(tx, call, request.UserPoolId)).Ref, request.ClientId);
        var list = new List<ClientSecretDescriptor>();
        if (client.ClientSecret is not null) list.Add(new ClientSecretDescriptor { ClientSecretId = FirstId(client), ClientSecretCreateDate = client.SecretSince ?? client.CreationDate });
        if (client.SecondSecret is { } second) list.Add(new ClientSecretDescriptor { ClientSecretId = second.Id, ClientSecretCreateDate = second.Created });
        return new ListUserPoolClientSecretsResponse { ClientSecrets = list };
    });

    public async ValueTask<Empty> DeleteUserPoolClientSecret(DeleteUserPoolClientSecretRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            var client = await Clients.Get(tx, pool.Ref, request.ClientId);
            var first = client.ClientSecret is not null && request.ClientSecretId == FirstId(client);
            if (!first && request.ClientSecretId != client.SecondSecret?.Id) throw Errors.NotFound($"Client secret {request.ClientSecretId} does not exist.");
            if (client.SecondSecret is not { } second) throw Errors.Parameter("The last secret of a client cannot be deleted.");
            var kept = first ? client with { ClientSecret = second.Value, SecretId = second.Id, SecretSince = second.Created, SecondSecret = null } : client with { SecondSecret = null };
            tx.Put(Keys.Client(pool.Ref, client.ClientId), kept with { LastModifiedDate = installation.Now }, CognitoJson.Default.UserPoolClient);
        });
        return Empty.Value;
    }

    public static void Check(string secret)
    {
        if (secret.Length is < 24 or > 64 || !Allowed().IsMatch(secret))
            throw Errors.Parameter(@"1 validation error detected: Value at 'clientSecret' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+]+, length 24 to 64");
    }

    private static string FirstId(UserPoolClient client) => client.SecretId ?? Id(client, client.CreationDate);

    private static string Id(UserPoolClient client, DateTimeOffset at) => $"{client.ClientId}--{at.ToUnixTimeMilliseconds()}";

    [GeneratedRegex(@"^[\w+]+$")]
    private static partial Regex Allowed();
}

/// <param name="Id">How it is named.</param>
/// <param name="Value">The sealed secret.</param>
/// <param name="Created">Since when.</param>
internal sealed record StoredSecret(string Id, string Value, DateTimeOffset Created);

internal sealed record ClientSecretDescriptor
{
    public required string ClientSecretId { get; init; }
    public string? ClientSecretValue { get; init; }
    public required DateTimeOffset ClientSecretCreateDate { get; init; }
}

internal sealed record AddUserPoolClientSecretRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string ClientId { get; init; }
    public string? ClientSecret { get; init; }
}

internal sealed record AddUserPoolClientSecretResponse
{
    public required ClientSecretDescriptor ClientSecretDescriptor { get; init; }
}

internal sealed record ListUserPoolClientSecretsRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string ClientId { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record ListUserPoolClientSecretsResponse
{
    public required IReadOnlyList<ClientSecretDescriptor> ClientSecrets { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record DeleteUserPoolClientSecretRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string ClientId { get; init; }
    public required string ClientSecretId { get; init; }
}
