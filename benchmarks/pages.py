"""Pages as crawlers dump them: an article in its site's template, with headings, copies, hard wraps and reprints."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

__all__ = ["SITES", "Page", "Press", "Site"]

SITES = 300
"""Sites, each with its own template."""

SHAPES = 400
"""Ready-made patterns of clauses and points, from which paragraphs take their form."""

SHELF = 4_000
"""Articles that can be reprinted; far more than a shard holds, so that copies lie far apart."""

REPRINTED, NEARLY, TWICE, WRAPPED = 0.08, 0.07, 0.04, 0.05
"""Shares of pages: articles of another page in full, or with edits; the article twice on one page; hard wraps."""

SHARED_PARAGRAPH = 0.02
"""Share of paragraphs that come from a stock of common ones, such as an agency's standing remarks."""

WRAP_CHARS = 38
"""Code points a line of a hard-wrapped page."""

PLACES = "青河 临江 云岭 北川 海滨 长亭 麦田 南浦 金沙 石桥 东山 白水 西陵 平湖 新港 古城 银杏 凤台 龙门 玉泉".split()  # noqa: SIM905  # words read better so
HOUSES = "日报 晚报 新闻网 在线 政府网 热线 教育网 信息港 广播电视台 论坛".split()  # noqa: SIM905  # words read better so
NAVIGATION = (
    *("首页", "要闻", "本地", "时政", "财经", "民生", "教育", "健康", "文体", "旅游"),
    *("图库", "视频", "专栏", "评论", "公告", "服务", "办事大厅", "政策", "互动"),
)
WIDGETS = (
    "分享到： 微信 微博 QQ空间",
    "扫描二维码，在手机上看本文",
    "字号： 大 中 小",
    "打印本页 | 关闭窗口",
    "阅读 {number} 次",
    "评论({number})",
    "收藏本文",
    "回到顶部",
    "[我要纠错]",
)
FOOTERS = (
    "版权所有 {name} 未经书面授权不得转载",
    "Copyright © {year} {name} All Rights Reserved",
    "ICP备{number:08d}号-{small}",
    "公网安备 {number:014d}号",
    "主办：{name} 技术支持：{name}信息中心",
    "地址：{place}路{small}号 电话：0{small:03d}-{number:07d}",
    "关于我们 | 联系方式 | 网站地图 | 隐私声明",
    "责任编辑：{person}",
    "（编辑：{person}）",
    "声明：转载的文章不代表本网观点，如有不妥请与我们联系。",
    "违法和不良信息举报电话：{number:08d}",
)
BYLINES = (
    "{date} {clock} 来源：{name}",
    "来源：{name}  作者：{person}  时间：{date} {clock}",
    "发布时间：{date} 浏览：{number}次",
    "{name} {date} 记者 {person}",
)
FAMILY, GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "安宁和平文华书志远明秀兰春江海山"
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Site:
    """What all pages of a site share."""

    host: str
    name: str
    head: tuple[str, ...]
    widgets: tuple[str, ...]
    foot: tuple[str, ...]
    byline: str
    indent: str
    gap: str
    terminator: str


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        host: its site.
        text: the page as text.
        copy_of: number of the page whose article it has, if any.
        copy: how it has that: reprint (the same) or near (with edits).
    """

    host: str
    text: str
    copy_of: int | None = None
    copy: str | None = None


class Press:
    """Makes pages, one after the other, the same ones for the same seed and clauses."""

    def __init__(self, clauses: list[str], seed: int) -> None:
        self._random, self._clauses = Random(seed), clauses
        self._shapes = [self._shape() for _ in range(SHAPES)]
        self._sites = [self._site(number) for number in range(SITES)]
        self._stock = [self._paragraph() for _ in range(500)]
        self._shelf: list[tuple[int, list[str]]] = []
        self._pages = 0

    def page(self) -> Page:
        """The next page."""
        article, copy_of, copy = self._choose()
        if copy is None:
            self._shelve(article)
        site = self._random.choice(self._sites)
        self._pages += 1
        return Page(site.host, self._lay_out(site, article), copy_of, copy)

    def _choose(self) -> tuple[list[str], int | None, str | None]:
        draw = self._random.random()
        if not self._shelf or draw >= REPRINTED + NEARLY:
            return self._article(), None, None
        number, article = self._random.choice(self._shelf)
        return (article, number, "reprint") if draw < REPRINTED else (self._edited(article), number, "near")

    def _shelve(self, article: list[str]) -> None:
        entry = (self._pages, article)
        if len(self._shelf) < SHELF:
            self._shelf.append(entry)
        else:
            self._shelf[self._random.randrange(SHELF)] = entry

    def _shape(self) -> tuple[str, int]:
        """A paragraph with places for clauses, and how many there are."""
        sentences = [self._random.randint(1, 5) for _ in range(self._random.randint(2, 6))]
        return "".join("，".join(["%s"] * size) + "。" for size in sentences), sum(sentences)

    def _paragraph(self) -> str:
        shape, places = self._random.choice(self._shapes)
        return shape % tuple(self._random.choices(self._clauses, k=places))

    def _article(self) -> list[str]:
        """Title and paragraphs; 3 KB of UTF-8 in the middle, with a long tail."""
        draw = self._random.random
        wanted = min(max(int(self._random.lognormvariate(6.8, 0.7)), 150), 9_000)
        lines, chars, heading, numbered = [self._title()], 0, 0, draw() < 0.3
        while chars < wanted:
            if numbered and draw() < 0.2 and heading < len(NUMERALS):
                lines.append(f"{NUMERALS[heading]}、{self._title()}")
                heading += 1
            line = self._random.choice(self._stock) if draw() < SHARED_PARAGRAPH else self._paragraph()
            lines.append(line)
            chars += len(line)
        return lines

    def _title(self) -> str:
        return self._random.choice(self._clauses) + self._random.choice(self._clauses)[:12]

    def _edited(self, article: list[str]) -> list[str]:
        """A reprint with a clause exchanged in one line of six, and now and then a paragraph cut."""
        edited = list(article)
        for _ in range(max(1, len(article) // 6)):
            place = self._random.randrange(len(edited))
            parts = edited[place].split("，")
            parts[self._random.randrange(len(parts))] = self._random.choice(self._clauses)
            edited[place] = "，".join(parts)
        if len(edited) > 6 and self._random.random() < 0.3:
            del edited[self._random.randrange(2, len(edited))]
        return edited

    def _lay_out(self, site: Site, article: list[str]) -> str:
        draw = self._random.random
        title, body = article[0], article[1:]
        if draw() < TWICE:
            body = [*body, *("　　" + line for line in body)]
        if draw() < WRAPPED:
            body = [line[at : at + WRAP_CHARS] for line in body for at in range(0, len(line), WRAP_CHARS)]
        lines = [*site.head, title, self._fill(site.byline, site.name), *site.widgets]
        lines += [site.indent + line + site.gap for line in body]
        if draw() < 0.5:
            lines += [f"上一篇：{self._title()}", f"下一篇：{self._title()}"]
        if draw() < 0.4:
            lines += ["相关新闻", *(f"· {self._title()}" for _ in range(self._random.randint(3, 6)))]
        lines += site.foot
        return site.terminator.join(lines).replace("\n", site.terminator) if site.gap else site.terminator.join(lines)

    def _site(self, number: int) -> Site:
        choose, name = self._random, self._random.choice(PLACES) + self._random.choice(HOUSES)
        links = choose.sample(NAVIGATION, choose.randint(5, 12))
        separator = choose.choice([" ", " | ", "\n"])
        head = (*separator.join(links).split("\n"), f"当前位置： {links[0]} > {links[1]} > 正文")
        return Site(
            host=f"s{number:03d}.example",
            name=name,
            head=head,
            widgets=tuple(self._fill(line, name) for line in choose.sample(WIDGETS, choose.randint(1, 4))),
            foot=tuple(self._fill(line, name) for line in choose.sample(FOOTERS, choose.randint(2, 6))),
            byline=choose.choice(BYLINES),
            indent=choose.choice(["", "　　", "    ", "\u00a0\u00a0"]),
            gap=choose.choice(["", "\n"]),
            terminator=choose.choice(["\n", "\n", "\n", "\r\n"]),
        )

    def _fill(self, pattern: str, name: str) -> str:
        choose = self._random
        return pattern.format(
            name=name,
            place=choose.choice(PLACES),
            person=choose.choice(FAMILY) + choose.choice(GIVEN) + choose.choice(GIVEN),
            number=choose.randrange(10**6),
            small=choose.randrange(1, 300),
            year=choose.randrange(2005, 2025),
            date=f"{choose.randrange(2008, 2025)}-{choose.randint(1, 12):02d}-{choose.randint(1, 28):02d}",
            clock=f"{choose.randrange(24):02d}:{choose.randrange(60):02d}",
        )
