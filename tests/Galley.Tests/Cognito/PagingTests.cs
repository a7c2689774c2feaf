using System.Text.Json.Nodes;

namespace Galley.Tests.Cognito;

/// <summary>Every list comes in pages that meet without a gap or a repeat, also when its items come and go between two pages.</summary>
public class PagingTests
{
    [Theory]
    [InlineData("ListUsers", "Users", "Username", "Limit", "PaginationToken")]
    [InlineData("ListUsersInGroup", "Users", "Username", "Limit", "NextToken")]
    [InlineData("ListGroups", "Groups", "GroupName", "Limit", "NextToken")]
    [InlineData("AdminListGroupsForUser", "Groups", "GroupName", "Limit", "NextToken")]
    [InlineData("ListUserPoolClients", "UserPoolClients", "ClientName", "MaxResults", "NextToken")]
    [InlineData("ListIdentityProviders", "Providers", "ProviderName", "MaxResults", "NextToken")]
    [InlineData("ListResourceServers", "ResourceServers", "Identifier", "MaxResults", "NextToken")]
    public async Task Pages_meet(string operation, string list, string name, string limit, string token)
    {
        await using var fixture = await Fixture.Start();
        await Fill(fixture);
        var seen = new List<string>();
        string? next = null;
        var pages = 0;
        do
        {
            var input = new JsonObject { ["UserPoolId"] = fixture.PoolId, [limit] = 2 };
            if (operation == "ListUsersInGroup") input["GroupName"] = "g0";
            if (operation == "AdminListGroupsForUser") input["Username"] = "u0";
            if (next is not null) input[token] = next;
            var page = await fixture.Call(operation, input);
            var items = page[list]!.AsArray().Select(item => (string)item![name]!).ToList();
            Assert.InRange(items.Count, 1, 2);
            seen.AddRange(items);
            next = (string?)page[token];
            pages++;
        }
        while (next is not null);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal((seen.Count + 1) / 2, pages);
        var wanted = Enumerable.Range(0, 5).Select(i => $"{name switch { "Username" => "u", "GroupName" => "g", "ClientName" => "c", "ProviderName" => "prov", _ => "s" }}{i}").ToList();
        Assert.Equal(wanted, seen.Where(wanted.Contains).Order());
    }

    [Fact]
    public async Task A_filter_fills_its_pages_and_a_page_ends_where_a_user_is_gone()
    {
        await using var fixture = await Fixture.Start();
        await Fill(fixture);
        foreach (var name in (string[])["u1", "u3"]) await fixture.Call("AdminDisableUser", new { UserPoolId = fixture.PoolId, Username = name });
        object Page(string? token) => new { UserPoolId = fixture.PoolId, Limit = 2, Filter = "status = \"Enabled\"", PaginationToken = token };
        var first = await fixture.Call("ListUsers", Page(null));
        Assert.Equal(["u0", "u2"], first["Users"]!.AsArray().Select(user => (string)user!["Username"]!));
        await fixture.Call("AdminDeleteUser", new { UserPoolId = fixture.PoolId, Username = "u2" });
        var second = await fixture.Call("ListUsers", Page((string)first["PaginationToken"]!));
        Assert.Equal(["u4"], second["Users"]!.AsArray().Select(user => (string)user!["Username"]!));
        Assert.Null(second["PaginationToken"]);
        Assert.Equal("Invalid pagination token.", (await fixture.Fails("ListUsers", Page("a"))).Text);
    }

    private static async Task Fill(Fixture fixture)
    {
        for (var i = 0; i < 5; i++)
        {
            await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "u" + i, MessageAction = "SUPPRESS", UserAttributes = new[] { new { Name = "email", Value = $"u{i}@example.com" } } });
            await fixture.Call("CreateGroup", new { UserPoolId = fixture.PoolId, GroupName = "g" + i });
            await fixture.Call("AdminAddUserToGroup", new { UserPoolId = fixture.PoolId, Username = "u0", GroupName = "g" + i });
            if (i > 0) await fixture.Call("AdminAddUserToGroup", new { UserPoolId = fixture.PoolId, Username = "u" + i, GroupName = "g0" });
            await fixture.Call("CreateUserPoolClient", new { UserPoolId = fixture.PoolId, ClientName = "c" + i });
            await fixture.Call("CreateResourceServer", new { UserPoolId = fixture.PoolId, Identifier = "s" + i, Name = "s" + i });
            await fixture.Call("CreateIdentityProvider", new { UserPoolId = fixture.PoolId, ProviderName = "prov" + i, ProviderType = "OIDC", ProviderDetails = new { client_id = "c", authorize_scopes = "openid", attributes_request_method = "GET", oidc_issuer = "https://idp.example.com" } });
        }
    }
}
