using System.Net;
using System.Net.Http.Json;
using Galley.Testing;

namespace GalleyApp.Tests;

/// <summary>What the app promises, asked of the whole app.</summary>
public class NotesTests(App app)
{
    [Fact]
    public async Task Who_signs_up_with_the_mailed_code_keeps_a_note_and_sees_it()
    {
        await using var cloud = await app.StartAsync();
        using var api = cloud.App.CreateClient("ApiUrl", await cloud.App.SignUpAsync("ann"));
        Assert.Equal(HttpStatusCode.Created, (await api.PostAsync("notes", new StringContent("Buy bread"))).StatusCode);
        var notes = await api.GetFromJsonAsync<Note[]>("notes");
        Assert.Equal(["Buy bread", "Notes are kept here."], notes!.Select(note => note.Text).Order());
    }

    [Fact]
    public async Task Nobody_reads_notes_without_a_token_or_with_one_that_has_ended()
    {
        await using var cloud = await app.StartAsync();
        using var nobody = cloud.App.CreateClient("ApiUrl");
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("notes")).StatusCode);

        using var api = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync("ann"));
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("notes")).StatusCode);
        cloud.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.GetAsync("notes")).StatusCode);
    }

    [Fact]
    public async Task A_throttled_table_is_an_error_and_not_a_lost_note()
    {
        await using var cloud = await app.StartAsync();
        using var api = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync("ann"));
        using (cloud.Faults.Fail(At.Table("Notes")))
            Assert.Equal(HttpStatusCode.InternalServerError, (await api.PostAsync("notes", new StringContent("lost?"))).StatusCode);
        Assert.DoesNotContain("lost?", await api.GetStringAsync("notes"));
    }
}
