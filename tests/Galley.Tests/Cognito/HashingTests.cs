using System.Collections.Concurrent;

namespace Galley.Tests.Cognito;

/// <summary>How many password hashes a request costs, and what becomes of everything else while they run. Counted and held, not timed.</summary>
public class HashingTests
{
    [Fact]
    public async Task A_name_that_nobody_has_costs_the_same_hashes_by_every_way()
    {
        var hashes = 0;
        await using var fixture = await Fixture.Start(
            client: new { PreventUserExistenceErrors = "ENABLED", ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH" } },
            secret: false, beforeHash: () => Interlocked.Increment(ref hashes));
        await fixture.User();
        var ways = new (string Name, int Hashes, Func<string, Task> Go)[]
        {
            ("USER_PASSWORD_AUTH", 1, name => fixture.SignInFails(name, "Wr0ng-one!")),
            ("ADMIN_USER_PASSWORD_AUTH", 1, name => fixture.Fails("AdminInitiateAuth", new { UserPoolId = fixture.PoolId, fixture.ClientId, AuthFlow = "ADMIN_USER_PASSWORD_AUTH", AuthParameters = fixture.Login(name, "Wr0ng-one!") })),
            ("USER_AUTH", 1, name => fixture.Fails("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_AUTH", AuthParameters = new { USERNAME = name, PREFERRED_CHALLENGE = "PASSWORD", PASSWORD = "Wr0ng-one!" } })),
            ("USER_SRP_AUTH", 0, async name =>
            {
                var challenge = (await fixture.Call("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_SRP_AUTH", AuthParameters = new { USERNAME = name, SRP_A = "abcdef" } }))["ChallengeParameters"]!;
                await fixture.Fails("RespondToAuthChallenge", new { fixture.ClientId, ChallengeName = "PASSWORD_VERIFIER", ChallengeResponses = new { USERNAME = name, PASSWORD_CLAIM_SECRET_BLOCK = (string)challenge["SECRET_BLOCK"]!, PASSWORD_CLAIM_SIGNATURE = "AA==", TIMESTAMP = "Fri Jan 2 03:04:05 UTC 2026" } });
            }),
            ("the log-in page", 1, async name =>
            {
                using var browser = fixture.Browser();
                await browser.Get("/login?" + fixture.LoginQuery());
                Assert.Contains("Incorrect username or password.", (await browser.Submit(("username", name), ("password", "Wr0ng-one!"))).Body);
            }),
            ("ForgotPassword", 0, name => fixture.Call("ForgotPassword", new { fixture.ClientId, Username = name })),
            ("ConfirmForgotPassword", 0, name => fixture.Fails("ConfirmForgotPassword", new { fixture.ClientId, Username = name, ConfirmationCode = "x", Fixture.Password })),
            ("ConfirmSignUp", 0, name => fixture.Fails("ConfirmSignUp", new { fixture.ClientId, Username = name, ConfirmationCode = "x" })),
        };
        foreach (var (way, expected, go) in ways)
            foreach (var name in (string[])["alice", "ghost"])
            {
                fixture.Time.Advance(TimeSpan.FromMinutes(16)); // no lock of an earlier way
                Interlocked.Exchange(ref hashes, 0);
                await go(name);
                Assert.Equal((way, name, expected), (way, name, hashes));
            }
    }

    [Fact]
    public async Task Sixty_four_hashes_wait_more_are_refused_and_nobody_else_waits()
    {
        using var gate = new ManualResetEventSlim(initialState: true);
        var threads = new ConcurrentBag<bool>();
        int running = 0, most = 0;
        await using var fixture = await Fixture.Start(secret: false, beforeHash: () =>
        {
            threads.Add(Thread.CurrentThread.IsThreadPoolThread);
            var now = Interlocked.Increment(ref running);
            lock (threads) most = Math.Max(most, now);
            gate.Wait();
            Interlocked.Decrement(ref running);
        });
        await fixture.User();
        var token = (string)(await fixture.SignIn())["AuthenticationResult"]!["AccessToken"]!;
        gate.Reset();
        var room = 64 + Environment.ProcessorCount;
        var signUps = Enumerable.Range(0, room + 4).Select(i => fixture.Raw("SignUp", new { fixture.ClientId, Username = "user" + i, Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = $"user{i}@example.com" } } })).ToList();
        for (var refused = 0; refused < 4; refused++)
        {
            var done = await Task.WhenAny(signUps);
            Assert.Equal((400, """{"__type":"TooManyRequestsException","message":"Too many requests"}"""), await done);
            signUps.Remove(done);
        }

        // Every core has its hash and the queue is full; what needs no hash is answered all the same.
        Assert.Equal("alice", (string)(await fixture.Call("GetUser", new { AccessToken = token }))["Username"]!);
        using var browser = fixture.Browser();
        Assert.Equal(200, (await browser.Get("/login?" + fixture.LoginQuery())).Status);
        Assert.Equal(429, (await browser.Submit(("username", "alice"), ("password", Fixture.Password))).Status);
        Assert.DoesNotContain(signUps, waiting => waiting.IsCompleted);
        gate.Set();
        Assert.All(await Task.WhenAll(signUps), answer => Assert.Equal(200, answer.Status));
        Assert.InRange(most, 1, Environment.ProcessorCount);
        Assert.DoesNotContain(true, threads);
    }
}
