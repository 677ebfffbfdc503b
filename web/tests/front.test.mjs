// What is drawn, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { appOf, bundled, modelOf } from "./bundled.mjs";

const [BROKEN, TYPING] = [1, 16];
const named = front => front.links.map(link => `${front.shown[link.from].name} > ${front.shown[link.to].name} ${link.imports}`).sort();
const boxes = front => front.shown.map(shown => shown.name);

test("what is forbidden of elsewhere is red, is among the few that are drawn, and is found by filters", async () => {
    const often = Array.from({ length: 20 }, (_, at) => ["a", `often${at}`, 0, "rrr"]);
    const model = modelOf({ modules: ["a", "b"], externals: [...often, ["a", "requests", BROKEN, "rt"], ["b", "requests", TYPING, "t"]], findings: [{ code: "RF109", externals: [20] }] });
    const { app, visible } = await appOf(model, { externals: true });
    const link = front => front.links.find(it => front.shown[it.to].name === "requests" && front.shown[it.from].name === "a");
    assert.equal(link(visible(app)).flags & BROKEN, BROKEN);
    app.state.rule = "RF109";
    assert.deepEqual(named(visible(app)), ["a > requests 2"]);
    app.state.hideTyping = true;
    assert.deepEqual(named(visible(app)), ["a > requests 1"]);
    app.state.rule = "";
    assert.ok(!named(visible(app)).some(it => it.startsWith("b >")), "an import for type checkers only");
});

const nested = {
    modules: ["app", "lib/", "lib.one", "lib.two", "other", "pkg", "pkg.inner", "top"],
    edges: [["app", "lib.one"], ["lib.one", "lib.two"], ["lib.two", "other"], ["other", "pkg.inner"], ["pkg.inner", "top"]],
};

test("the focus on a package that is open, or has no file, is on all that is below it", async () => {
    for (const [focus, expected] of [["lib", ["app > lib.one 1", "lib.one > lib.two 1", "lib.two > other 1"]], ["pkg", ["other > pkg.inner 1", "pkg.inner > top 1"]]]) {
        const { app, visible } = await appOf(modelOf(nested), { focus, open: new Set(["lib", "pkg"]) });
        assert.deepEqual(named(visible(app)), expected, focus);
    }
});

test("ways between packages lead from and to whatever is in them", async () => {
    const { app, visible } = await appOf(modelOf(nested), { path: ["lib", "pkg"], open: new Set(["lib", "pkg"]) });
    assert.deepEqual(boxes(visible(app)), ["lib.two", "other", "pkg.inner"]);
});

test("a box of the rest has the layer that all in it have, and stands for these alone", async () => {
    const many = Array.from({ length: 40 }, (_, at) => `m${String(at).padStart(2, "0")}`);
    const boundaries = Object.fromEntries(many.map(name => [name, "low"]));
    const { app, visible } = await appOf(modelOf({ modules: many, boundaries, layers: ["high", "low"], edges: many.slice(0, 28).map(name => [name, "m00"]).slice(1) }));
    const front = visible(app);
    const rest = front.shown.findIndex(shown => shown.kind === "rest");
    assert.equal(front.shown[rest].layer, 1);
    assert.equal(front.shown[rest].size, 12);
    assert.deepEqual([...front.at.keys()].filter(module => front.at[module] === rest).map(module => app.project.names[module]), many.slice(28));
});

test("of a part, nothing else is drawn", async () => {
    const model = modelOf({ modules: ["a", "b", "c"], edges: [["a", "b"]], part: ["a.py"] });
    model.modules.flags[2] = 8;
    const { app, visible } = await appOf(model);
    assert.deepEqual(boxes(visible(app)), ["a", "b"]);
});

test("what leads from layer to layer over a module in none does not go back", async () => {
    const { components, ordered, ranks } = await bundled("order");
    const front = (layers, links) => ({ shown: layers.map(layer => ({ layer, kind: "tree" })), links: links.map(([from, to]) => ({ from, to, imports: 1 })) });
    const order = it => {
        const part = components(it.shown.length, it.links);
        return ordered(it, ranks(it, layer => layer, part), part);
    };
    // util, ui, db: ui -> util -> db.
    assert.deepEqual(order(front([-1, 0, 1], [[1, 0], [0, 2]])), [1, 0, 2]);
    // Two in a row, and one that everything imports.
    assert.deepEqual(order(front([-1, -1, 0, 1, -1], [[2, 1], [1, 0], [0, 3], [2, 4], [3, 4]])), [2, 1, 0, 3, 4]);
    // What nothing imports stands above.
    assert.deepEqual(order(front([0, -1], [[1, 0]])), [1, 0]);
});

test("links lead to where a file is, and nowhere where nobody knows", async () => {
    const { targetOf } = await bundled("links");
    const to = (raw, path) => targetOf({ raw: { root: null, source_url: null, ...raw } }, path, 3);
    assert.equal(to({ root: "/home/me" }, "src/a b.py"), "vscode://file/home/me/src/a%20b.py:3");
    assert.equal(to({ root: "/home/me" }, "/elsewhere/a.py"), "vscode://file/elsewhere/a.py:3");
    assert.equal(to({ root: "C:/me" }, "D:/a.py"), "vscode://file/D:/a.py:3");
    const source_url = "https://example.org/{path}#L{line}";
    assert.equal(to({ source_url }, "src/a.py"), "https://example.org/src/a.py#L3");
    assert.equal(to({ source_url }, "../a.py"), undefined);
    assert.equal(to({ source_url }, "/elsewhere/a.py"), undefined);
});

test("what cannot be seen, or turns other text round, is written as its number", async () => {
    const { plain } = await bundled("dom");
    assert.equal(plain("a\u202Eb\u2028\uFEFFé\n"), "a\\u{202e}b\\u{2028}\\u{feff}é\n");
});
